import sys


def test_nothing_heavy_is_imported_without_need() -> None:
    heavy = {"emulator", "starlette", "uvicorn", "av", "orjson", "yaml", "httpx", "asyncio"}
    assert "contracts.pytest_plugin" in sys.modules
    assert heavy & sys.modules.keys() == set()
