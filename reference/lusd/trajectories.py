"""Whole edits by the released program on small models, recorded step by step.

Runs `image_optimization` of a checkout of the released LUSD program on a CPU, on models of Stable Diffusion's kind whose
weights are drawn from seeds. Of each case, packages/lusd/test/golden/trajectories/<case> holds

- checkpoint.json, read here: the models' configurations, seeds, and tensors in the order in which they are drawn;
- case.json: the settings, read here, and a log line for each attempt;
- trajectory.safetensors: for iteration i and attempt j `s{i}.t{j}.timestep`, `.eps` and `.e_t` (the target's prediction
  less the source's); `.A_cross` and `.A_self`, the maps that the mask was made from (of self-attention every 17th key);
  of an accepted one `s{i}.z_before`, `.cmap` (the mask) and `.direction`; and what goes in and comes out.

    PYTHONPATH=LUSD python reference/lusd/trajectories.py
"""

import json
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from colocation import attn_processor, editing_pipeline, pipeline_utils
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from clip_tokenizer import clip_tokenizer
from small_models import fill

FOLDER = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/trajectories"
SIZE = 512
KEY_STRIDE = 17


def gradient_and_rectangle() -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    image = np.stack([x // 2, y // 2, (x + y) // 3 % 256], axis=-1)
    image[150:300, 200:380] = [200, 30, 40]
    return image.astype(np.uint8)


def waves_and_disc() -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    image = np.stack([100 * np.sin(x / 37), 100 * np.cos(y / 23), 80 * np.sin(x * y / 9000)], axis=-1) + 127
    image[np.hypot(x - 300, y - 210) < 90] = [20, 180, 90]
    return image.astype(np.uint8)


IMAGES = [gradient_and_rectangle, waves_and_disc]


def pipeline(checkpoint: dict) -> SimpleNamespace:
    parts = {name: checkpoint[name] for name in ("unet", "vae", "text_encoder")}
    text = {k: v for k, v in parts["text_encoder"]["config"].items() if k != "transformers_version"}
    models = {
        "unet": UNet2DConditionModel.from_config(parts["unet"]["config"]),
        "vae": AutoencoderKL.from_config(parts["vae"]["config"]),
        "text_encoder": CLIPTextModel(CLIPTextConfig(**text)),
    }
    filled = {name: fill(model, parts[name]) for name, model in models.items()}
    scheduler = DDIMScheduler.from_config(checkpoint["scheduler"])
    steps = SimpleNamespace(alphas_cumprod=scheduler.alphas_cumprod, prediction_type=scheduler.config.prediction_type)
    return SimpleNamespace(**filled, scheduler=steps, tokenizer=clip_tokenizer())


class Recorder:
    """Keeps what is seen on the way of one edit."""

    def __init__(self):
        self.tensors, self.log = {}, []
        self.step = self.attempt = 0

    def keep(self, name: str, value) -> None:
        self.tensors[name] = torch.as_tensor(value).detach().clone(memory_format=torch.contiguous_format)

    def keep_attempt(self, name: str, value) -> None:
        self.keep(f"s{self.step}.t{self.attempt}.{name}", value)

    def get_all_attention(self, controller, is_cross: bool, device: str) -> torch.Tensor:
        """The program's function, on the CPU, where it asks for a GPU."""
        probabilities = attn_processor.get_all_attention(controller, is_cross=is_cross)
        self.keep_attempt("A_cross" if is_cross else "A_self", probabilities[..., :: 1 if is_cross else KEY_STRIDE])
        return probabilities

    def decode(self, latent, *args, **options):
        self.keep("z_final", latent)
        return pipeline_utils.decode(latent, *args, **options)


class RecordedLoss(editing_pipeline.DDSLoss):
    """The program's attempts at an iteration; what each gives goes to a recorder."""

    def __init__(self, recorder: Recorder, *args, **options):
        super().__init__(*args, **options)
        self.recorder = recorder

    def noise_input(self, *args, **options):
        made = super().noise_input(*args, **options)
        self.recorder.keep_attempt("eps", made[1])
        self.recorder.keep_attempt("timestep", made[2].int())
        return made

    def get_eps_prediction(self, *args, **options):
        made = super().get_eps_prediction(*args, **options)
        self.recorder.keep_attempt("e_t", made[0])
        return made

    def get_csd_loss(self, z_source, z, text_embeddings, current_threshold: float, **options):
        made = super().get_csd_loss(z_source, z, text_embeddings, current_threshold=current_threshold, **options)
        info, recorder = made[-1], self.recorder
        accepted = info["std"] >= current_threshold
        recorder.log.append({
            "step": recorder.step, "attempt": recorder.attempt, "std": info["std"], "direction_std": info["dstd"],
            "timestep": info["timestep"], "threshold": current_threshold, "accepted": accepted,
        })  # fmt: skip
        recorder.keep("z_source", z_source)
        recorder.keep("text_embeddings", text_embeddings[0])
        if accepted:
            for name, value in (("z_before", z), ("cmap", info["cmap"]), ("direction", info["grad_z"])):
                recorder.keep(f"s{recorder.step}.{name}", value)
            recorder.step, recorder.attempt = recorder.step + 1, 0
        else:
            recorder.attempt += 1
        return made


def edit(models: SimpleNamespace, config: dict) -> Recorder:
    recorder = Recorder()
    editing_pipeline.get_all_attention = recorder.get_all_attention
    editing_pipeline.decode = recorder.decode
    editing_pipeline.DDSLoss = partial(RecordedLoss, recorder)
    controller = attn_processor.CustomAttentionStoreClassPrompts(start=0, end=config["iters"])
    attn_processor.register_attention_control(
        models, controller, attn_processor.StoredAttnClassPromptsProcessor, use_self_attn=True
    )
    image = IMAGES[config["image"]]()
    torch.manual_seed(config["seed"])
    with tempfile.TemporaryDirectory() as outdir:
        output = editing_pipeline.image_optimization(
            models, controller, image, config["source_prompt"], config["target_prompt"], num_iters=config["iters"],
            speed=5, threshold=config["threshold"], target_index=config["target_index"], device="cpu", outdir=outdir,
            save_step=config["iters"],
        )  # fmt: skip
    recorder.keep("image", image)
    recorder.keep("output", np.array(output))
    return recorder


def main() -> None:
    torch.set_num_threads(1)
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        config = json.loads((folder / "case.json").read_text())["config"]
        recorder = edit(pipeline(json.loads((folder / "checkpoint.json").read_text())), config)
        save_file(recorder.tensors, folder / "trajectory.safetensors")
        (folder / "case.json").write_text(json.dumps({"config": config, "log": recorder.log}, indent=1))


if __name__ == "__main__":
    main()
