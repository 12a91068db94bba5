"""What we draw, another program reads: zxing-cpp decodes the PNG and the SVG drawn by hand here."""

import io
import re
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from adapters.qr import images
from domain.accounts.requisites import BankDetails
from domain.kernel.money import Money
from domain.payments import paycodes
from domain.payments.paycodes import CodeImages, Paycode, encode, supplier_paycode, unified_paycode
from domain.payments.sbp_links import with_crc

SVG = "{http://www.w3.org/2000/svg}"
SHORT = BankDetails(
    payee_name="АО «Пример энергосбыт»",
    inn="8602000002",
    kpp="860201001",
    bank_name="Банк ПРИМЕР (АО)",
    bic="047102999",
    account="40702810600000000001",
    correspondent_account="30101810300000000999",
)
LONG = BankDetails(
    payee_name="Ё" * 160,
    inn="500100732259",
    kpp="860201001",
    bank_name="Щ" * 45,
    bic="047102999",
    account="40702810600000000001",
    correspondent_account="30101810300000000999",
)
TEXTS = {
    "unified": encode(
        unified_paycode(collection=SHORT, number="1234567890", to_pay=Money(125050), period="2026-10")
    ),
    "supplier": encode(
        supplier_paycode(
            supplier=SHORT,
            collection=LONG,
            direct=False,
            number="9" * 30,
            to_pay=Money(10**17),
            period="2026-10",
        )
    ),
    "worst": encode(Paycode(payee=LONG, purpose="Ж" * 210, pers_acc="1" * 30, category="ю" * 60)),
    "other separator": encode(unified_paycode(collection=SHORT, number="1|2", to_pay=Money(1))),
    "sbp": with_crc("https://qr.nspk.ru/AS10000000000000000000000000TEST?type=01&bank=100000000999"),
}
pictures: CodeImages = images


def read(image: Image.Image) -> bytes:
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    assert found[0].format == zxingcpp.BarcodeFormat.QRCode
    return found[0].bytes


def drawn(svg: bytes, pixels: int = 4) -> Image.Image:
    """The rows of modules of our SVG as pixels: `M x y`, then `h` draws and `m` moves."""
    root = ElementTree.fromstring(svg)
    side = float(root.attrib["width"])
    scale = re.fullmatch(r"scale\((\d+)\)", root.find(f"{SVG}g").attrib["transform"])
    assert scale and root.attrib["viewBox"] == f"0 0 {side:g} {side:g}"
    modules = round(side / int(scale[1]))
    background, lines = root.iter(f"{SVG}path")
    assert background.attrib == {"fill": "#fff", "d": f"M0 0h{modules}v{modules}h-{modules}z"}
    assert lines.attrib["stroke"] == "#000"
    image = Image.new("L", (modules, modules), 255)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", lines.attrib["d"]):
        step = [float(number) for number in numbers.split()]
        if command == "M":
            x, y = step
        elif command == "m":
            x, y = x + step[0], y + step[1]
        else:
            image.paste(0, (int(x), int(y), int(x + step[0]), int(y) + 1))
            x += step[0]
    return image.resize((modules * pixels, modules * pixels), Image.Resampling.NEAREST)


@pytest.mark.parametrize("name", TEXTS)
def test_png_is_read_back(name: str) -> None:
    raw = pictures.png(TEXTS[name])
    assert read(Image.open(io.BytesIO(raw))) == TEXTS[name].encode()
    assert len(raw) < 20_000


@pytest.mark.parametrize("name", TEXTS)
def test_svg_is_read_back(name: str) -> None:
    raw = pictures.svg(TEXTS[name], "Код для оплаты")
    assert read(drawn(raw)) == TEXTS[name].encode()
    assert len(raw) < 120_000


def test_svg_speaks_to_those_who_do_not_see_it() -> None:
    root = ElementTree.fromstring(pictures.svg("ST00012|", 'Оплата <script> & "всё"\x01'))
    assert root[0].tag == f"{SVG}title" and root[0].text == 'Оплата <script> & "всё"'
    assert root.attrib["role"] == "img"
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "g", "path")
    }


def test_quiet_zone_and_level() -> None:
    image = Image.open(io.BytesIO(pictures.png(TEXTS["unified"]))).convert("L")
    zone = 4 * 8
    assert set(image.crop((0, 0, image.width, zone)).tobytes()) == {255}
    assert set(image.crop((0, 0, zone, image.height)).tobytes()) == {255}
    assert image.getpixel((zone, zone)) == 0
    assert zxingcpp.read_barcodes(image)[0].ec_level in "MQH"


def test_a_scan_that_is_worn_is_still_read() -> None:
    image = Image.open(io.BytesIO(pictures.png(TEXTS["unified"]))).convert("L")
    middle = image.width // 2
    image.paste(255, (middle, middle, middle + 48, middle + 48))
    assert read(image) == TEXTS["unified"].encode()


def test_limits() -> None:
    assert paycodes.MAX_BYTES <= images.MAX_TEXT_BYTES
    for text in ("", "я" * 1166):
        with pytest.raises(ValueError):
            images.svg(text, "")
        with pytest.raises(ValueError):
            images.png(text)
