"""Landed files of orders in every format, made by name."""

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.ingestion.data_file import DataFile, data_file
from tests.support.builders import day

FRI = day("2026-11-20")
HEADER = "order_id,ordered_at,user_id,seller_id,quantity,amount_cents"
MORE = "creator_id,product_id,category,discount_cents,campaign_id,payment_id,device_id,ip,address_id"
ALL = f"{HEADER},{MORE}"


def line(order: str) -> str:
    return f"{order},2026-11-20 08:30:00,u1,s1,1,250"


def csv_of(*orders: str) -> bytes:
    return "".join(f"{text}\n" for text in (HEADER, *map(line, orders))).encode()


def json_of(*orders: str) -> bytes:
    return "".join(f'{{"order_id":"{order}","ordered_at":"2026-11-20 08:30:00","user_id":"u1","seller_id":"s1",'
                   '"quantity":1,"amount_cents":250}\n' for order in orders).encode()


def parquet_of(*orders: str, **columns) -> bytes:
    rows = {"order_id": orders, "ordered_at": ["2026-11-20 08:30:00"] * len(orders), "user_id": ["u1"] * len(orders),
            "seller_id": ["s1"] * len(orders), "quantity": [1] * len(orders), "amount_cents": [250] * len(orders)}
    file = pa.BufferOutputStream()
    pq.write_table(pa.table(rows | columns), file)
    return file.getvalue().to_pybytes()


def land(folder, name: str, content: bytes, ds=FRI) -> DataFile:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return data_file(folder / name, ds)
