"""The small models of the recorded runs, drawn from the seed and in the order of a checkpoint.json."""

import torch


def draw_weight(name: str, shape: list[int], generator: torch.Generator) -> torch.Tensor:
    r = torch.randn(shape, generator=generator)
    if r.ndim > 1:
        return r / r[0].numel() ** 0.5
    return (1 if "norm" in name and name.endswith("weight") else 0) + 0.1 * r


def fill(model: torch.nn.Module, record: dict) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(record["seed"])
    drawn = {name: draw_weight(name, shape, generator) for name, shape in record["tensors"]}
    prefix = "text_model." if any(name.startswith("text_model.") for name in model.state_dict()) else ""
    model.load_state_dict({prefix + name: weight for name, weight in drawn.items()})
    return model.eval()
