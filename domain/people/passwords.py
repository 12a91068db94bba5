"""What a password must be (NIST SP 800-63B, 3.1.1.2: length and a list of the worst, no odd characters)."""

from domain.kernel.errors import Invalid
from domain.people.phones import Phone

LEAST_CHARACTERS = 8


class PasswordTooShort(Invalid):
    code = "password-too-short"
    text = "The password is shorter than {least} characters"
    remedy = "Choose a longer one: a few words are easy to remember"


class PasswordTooCommon(Invalid):
    code = "password-too-common"
    text = "This password is one of the first that are guessed"
    remedy = "Choose another one: a few words are easy to remember"


class PasswordWrong(Invalid):
    """The present password, asked of somebody who is signed in."""

    code = "password-wrong"
    text = "The present password is wrong"
    remedy = "Check it, or set a new one by a code"


def check(password: str, phone: Phone | None) -> None:
    """PasswordTooShort, PasswordTooCommon (also the phone itself, however it is written)."""
    if len(password) < LEAST_CHARACTERS:
        raise PasswordTooShort(field="password", least=LEAST_CHARACTERS)
    plain = password.strip().casefold()
    digits = "".join(filter(str.isdecimal, plain))
    is_number = not any(map(str.isalpha, plain))
    is_phone = phone is not None and is_number and digits[-10:] == phone[-10:]
    if is_phone or plain in _WORST or len(set(plain)) < 3:
        raise PasswordTooCommon(field="password")


# The most used ones of eight characters and more, as published leaks of this country show them.
_WORDS = """
12345678 123456789 1234567890 87654321 987654321 0987654321 9876543210 0123456789 123123123 12341234
11223344 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1qaz2wsx 1qazxsw2 zaq12wsx
qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 123qwerty 1234qwer 123456qwerty
12345qwert qwer1234 asdfghjk asdfghjkl asdf1234 zxcvbnm1 zxcvbnm123 zxcvbnm, qazwsxedc qazwsx123 1234567q
123456789q 123456789a 12345678a a1234567 a12345678 a123456789 q1234567 q12345678 q123456789 123456aa
password password1 password12 password123 passw0rd p@ssw0rd p@ssword 1password mypassword iloveyou
sunshine princess football baseball superman letmein1 welcome1 computer internet samsung1 trustno1
starwars michelle jennifer marlboro spartak1 barcelona liverpool dragon123 admin123 administrator
йцукенгш йцукенгшщз йцукен123 йцукен12 пароль123 пароль12 парольпароль qwertyqwerty abcd1234 abc12345
abcdefgh abcdefghi 1029384756 1357924680 147258369 741852963 789456123 159357456 14789632 123654789
147852369 963852741 789632145 1234554321 123454321 12344321 12121212 13131313 10203040 01020304 19871987
19881988 19901990 natasha1 ekaterina alexander aleksandr svetlana vladimir anastasia kristina valentina
"""
_WORST = frozenset(_WORDS.split())
