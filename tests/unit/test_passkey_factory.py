"""The software passkey of the tests is one that the library we trust accepts."""

import webauthn

from tests.factories.passkey import SoftPasskey, to_bytes


def test_the_software_passkey_registers_and_logs_in():
    passkey = SoftPasskey()
    options = webauthn.generate_registration_options(rp_id="localhost", rp_name="x", user_name="x")
    made = webauthn.verify_registration_response(
        credential=passkey.create(webauthn.options_to_json(options)),
        expected_challenge=options.challenge,
        expected_rp_id="localhost",
        expected_origin="http://localhost:8000",
    )
    answered = webauthn.verify_authentication_response(
        credential=passkey.sign(b"x" * 32),
        expected_challenge=b"x" * 32,
        expected_rp_id="localhost",
        expected_origin="http://localhost:8000",
        credential_public_key=made.credential_public_key,
        credential_current_sign_count=made.sign_count,
    )
    assert to_bytes(passkey.get({"challenge": "eHg"})["id"]) == made.credential_id
    assert answered.new_sign_count == 1
