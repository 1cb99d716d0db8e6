// What a passkey's PRF gives a page, for sealed boxes and spare keys: 32 bytes that only this passkey makes again.
export const utf = new TextEncoder();
export const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
export const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
export const random = (size) => crypto.getRandomValues(new Uint8Array(size));

// One touch: credential id → salt. The PRF's answer stays in the page: `first` is null where the device has none.
// Null where the touch was cancelled.
export async function touch(rpId, salts) {
  const evalByCredential = Object.fromEntries(Object.entries(salts).map(([id, salt]) => [id, { first: bytes(salt) }]));
  const publicKey = {
    challenge: random(32), rpId, userVerification: "required", extensions: { prf: { evalByCredential } },
    allowCredentials: Object.keys(salts).map((id) => ({ type: "public-key", id: bytes(id) })),
  };
  try {
    const answer = await navigator.credentials.get({ publicKey });
    return { name: answer.id, first: answer.getClientExtensionResults().prf?.results?.first ?? null };
  } catch { return null; }
}
