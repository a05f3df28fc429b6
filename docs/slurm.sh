#!/bin/bash
# One folder of pictures on eight GPUs: sbatch docs/slurm.sh <input folder> <output folder> [flags of lusd run]
#SBATCH --job-name=lusd
#SBATCH --array=0-7
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --output=lusd-%A_%a.log
set -euo pipefail

input=$1 output=$2
# Each task takes its part from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT. exec: Slurm's signals reach lusd itself.
exec lusd run --input_dir "$input" --output_dir "$output" "${@:3}"
