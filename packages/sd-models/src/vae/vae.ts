import { Conv2d, dims, Module, narrow, ShapeError, scope, type Tensor, type UnaryModule } from '@lusd/tensor';
import { downscaleFactor, type VaeConfig } from './config.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { chooseTileSize, type TilingOptions, tiledDecode, tiledEncode } from './tiling.ts';

/** A normal distribution of latents with a diagonal covariance; both [B, h, w, latentChannels]. */
export interface LatentDistribution {
  readonly mean: Tensor;
  /** Logarithm of the variance, limited to [-30, 20]. */
  readonly logvar: Tensor;
}

const LOGVAR_RANGE = [-30, 20] as const;
const CHANNELS = 3;

/** The autoencoder between pictures and latents. Reference: diffusers' `AutoencoderKL`. */
export class AutoencoderKL extends Module {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly quant_conv: UnaryModule | null;
  readonly post_quant_conv: UnaryModule | null;

  constructor(readonly config: VaeConfig) {
    super();
    const { latentChannels } = config;
    this.encoder = new Encoder(config);
    this.decoder = new Decoder(config);
    this.quant_conv = config.useQuantConv ? new Conv2d(2 * latentChannels, 2 * latentChannels, 1) : null;
    this.post_quant_conv = config.usePostQuantConv ? new Conv2d(latentChannels, latentChannels, 1) : null;
  }

  /** How many times smaller than the picture the latents are, along each side. */
  get downscaleFactor(): number {
    return downscaleFactor(this.config);
  }

  /**
   * @param image [B, H, W, inChannels] from -1 to 1, H and W multiples of `downscaleFactor`
   * @returns the latents' distribution in the model's dtype, not multiplied by the scaling factor
   * @throws ShapeError if it has another rank or other channels, RangeError where a side is no such multiple
   */
  encode(image: Tensor, options: TilingOptions = {}): LatentDistribution {
    const factor = this.downscaleFactor;
    requireChannels('picture', image, this.config.inChannels);
    const [batch, height, width] = dims('vae', image, ['B', 'H', 'W', 'C'], 'the picture');
    if (height % factor !== 0 || width % factor !== 0) {
      throw new RangeError(
        `A picture of ${width} x ${height} cannot be encoded; its sides must be multiples of ${factor}.`,
      );
    }
    const size = { batch, height, width };
    return scope(() => {
      const input = image.cast(this.dtype);
      const tileSize = chooseTileSize('encode', this.config, size, input, options);
      const encode = (x: Tensor) => this.moments(x);
      return this.distribution(
        tileSize === null ? encode(input) : tiledEncode(input, tileSize, factor, encode),
      );
    });
  }

  /**
   * @param latents [B, h, w, latentChannels], divided by the scaling factor
   * @returns pictures [B, H, W, outChannels] in the model's dtype, about -1 to 1 but not clamped
   * @throws ShapeError if the latents have another rank or other channels
   */
  decode(latents: Tensor, options: TilingOptions = {}): Tensor {
    const factor = this.downscaleFactor;
    requireChannels('latents', latents, this.config.latentChannels);
    const [batch, height, width] = dims('vae', latents, ['B', 'h', 'w', 'C'], 'the latents');
    const size = { batch, height: height * factor, width: width * factor };
    return scope(() => {
      const input = latents.cast(this.dtype);
      const tileSize = chooseTileSize('decode', this.config, size, input, options);
      const decode = (z: Tensor) => this.picture(z);
      return tileSize === null ? decode(input) : tiledDecode(input, tileSize, factor, decode);
    });
  }

  private moments(image: Tensor): Tensor {
    return scope(() => {
      const hidden = this.encoder.forward(image);
      return this.quant_conv?.forward(hidden) ?? hidden;
    });
  }

  private picture(latents: Tensor): Tensor {
    return scope(() => this.decoder.forward(this.post_quant_conv?.forward(latents) ?? latents));
  }

  private distribution(moments: Tensor): LatentDistribution {
    const { latentChannels } = this.config;
    return {
      mean: narrow(moments, CHANNELS, 0, latentChannels),
      logvar: narrow(moments, CHANNELS, latentChannels, latentChannels).clamp(...LOGVAR_RANGE),
    };
  }
}

function requireChannels(what: string, { rank, shape }: Tensor, channels: number): void {
  if (rank === 4 && shape[CHANNELS] === channels) return;
  throw new ShapeError(`vae: the ${what} must be [B, H, W, ${channels}], got [${shape.join(', ')}]`);
}
