"""The structure of the original CLIP (a vision transformer and a causal text transformer), for its state dict's names."""

from collections import OrderedDict

import torch
from torch import nn
from transformers import CLIPConfig, CLIPModel


class QuickGelu(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class ResidualAttentionBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(OrderedDict(
            c_fc=nn.Linear(width, 4 * width), gelu=QuickGelu(), c_proj=nn.Linear(4 * width, width)))
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x, mask):
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.resblocks = nn.ModuleList(ResidualAttentionBlock(width, heads) for _ in range(layers))

    def forward(self, x, mask=None):
        for block in self.resblocks:
            x = block(x, mask)
        return x


class VisionTransformer(nn.Module):
    def __init__(self, image_size, patch, width, layers, heads, embed_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.positional_embedding = nn.Parameter(torch.randn((image_size // patch) ** 2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.randn(width, embed_dim))

    def forward(self, image):
        patches = self.conv1(image).flatten(2).transpose(1, 2)
        start = self.class_embedding.expand(len(image), 1, -1)
        x = self.ln_pre(torch.cat([start, patches], dim=1) + self.positional_embedding)
        return self.ln_post(self.transformer(x)[:, 0]) @ self.proj


class OriginalClip(nn.Module):
    def __init__(self, embed_dim, image_size, patch, vision_width, vision_layers, text_width, text_layers, vocabulary,
                 positions, head_dim=64):
        super().__init__()
        self.visual = VisionTransformer(image_size, patch, vision_width, vision_layers, vision_width // head_dim,
                                        embed_dim)
        self.transformer = Transformer(text_width, text_layers, text_width // head_dim)
        self.token_embedding = nn.Embedding(vocabulary, text_width)
        self.positional_embedding = nn.Parameter(torch.randn(positions, text_width))
        self.ln_final = nn.LayerNorm(text_width)
        self.text_projection = nn.Parameter(torch.randn(text_width, embed_dim))
        self.logit_scale = nn.Parameter(torch.ones([]))

    def encode_text(self, ids):
        mask = torch.full((ids.shape[1], ids.shape[1]), -torch.inf).triu(1)
        x = self.token_embedding(ids) + self.positional_embedding
        x = self.ln_final(self.transformer(x, mask))
        return x[torch.arange(len(ids)), ids.argmax(-1)] @ self.text_projection

    @staticmethod
    def to_transformers(checkpoint):
        """The state dict under transformers' names; works on tensors and on their stand-ins."""
        result = {}
        for key, tensor in checkpoint.items():
            tower = "vision_model" if key.startswith("visual.") else "text_model"
            name = key.removeprefix("visual.")
            if "resblocks." in name:
                name = name.replace("transformer.resblocks.", f"{tower}.encoder.layers.")
                for old, new in [(".attn.", ".self_attn."), (".ln_1.", ".layer_norm1."), (".ln_2.", ".layer_norm2."),
                                 (".c_fc.", ".fc1."), (".c_proj.", ".fc2.")]:
                    name = name.replace(old, new)
                if "in_proj_" in name:
                    width = tensor.shape[0] // 3
                    for index, part in enumerate("qkv"):
                        piece = tensor[index * width:(index + 1) * width]
                        result[name.replace("in_proj_", f"{part}_proj.")] = piece
                    continue
            else:
                name = {
                    "conv1.weight": "vision_model.embeddings.patch_embedding.weight",
                    "class_embedding": "vision_model.embeddings.class_embedding",
                    "positional_embedding": f"{tower}.embeddings.position_embedding.weight",
                    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
                    "ln_pre.weight": "vision_model.pre_layrnorm.weight",
                    "ln_pre.bias": "vision_model.pre_layrnorm.bias",
                    "ln_post.weight": "vision_model.post_layernorm.weight",
                    "ln_post.bias": "vision_model.post_layernorm.bias",
                    "ln_final.weight": "text_model.final_layer_norm.weight",
                    "ln_final.bias": "text_model.final_layer_norm.bias",
                    "proj": "visual_projection.weight",
                    "text_projection": "text_projection.weight",
                    "logit_scale": "logit_scale",
                }[name]
                tensor = tensor.T.contiguous() if key in ("visual.proj", "text_projection") else tensor
            result[name] = tensor
        return result

    @classmethod
    @torch.no_grad()
    def prove_renaming(cls):
        """Both implementations give the same embeddings from the same random weights."""
        torch.manual_seed(0)
        original = cls(embed_dim=24, image_size=32, patch=8, vision_width=32, vision_layers=2, text_width=16,
                       text_layers=2, vocabulary=50, positions=9, head_dim=8)
        for parameter in original.parameters():
            parameter.normal_(std=0.3)
        tower = {"num_hidden_layers": 2, "projection_dim": 24, "hidden_act": "quick_gelu"}
        model = CLIPModel(CLIPConfig(
            projection_dim=24,
            text_config={**tower, "hidden_size": 16, "intermediate_size": 64, "num_attention_heads": 2,
                         "vocab_size": 50, "max_position_embeddings": 9, "eos_token_id": 49},
            vision_config={**tower, "hidden_size": 32, "intermediate_size": 128, "num_attention_heads": 4,
                           "image_size": 32, "patch_size": 8},
        )).eval()
        model.load_state_dict(cls.to_transformers(original.state_dict()))
        ids = torch.tensor([[3, 1, 4, 15, 9, 2, 6, 5, 49], [7, 21, 49, 0, 0, 0, 0, 0, 0]])
        image = torch.randn(2, 3, 32, 32)
        output = model(input_ids=ids, pixel_values=image)
        for embedding, expected in [(output.text_embeds, original.encode_text(ids)),
                                    (output.image_embeds, original.visual(image))]:
            expected = expected / expected.norm(dim=-1, keepdim=True)
            torch.testing.assert_close(embedding, expected, rtol=1e-5, atol=1e-5)
