// What a run consists of: updates, evaluations, checkpoints.
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>The fixed part of a run's schedule; rates and micro-batches come from the convergence policy.</summary>
public sealed record RunPlan
{
    /// <summary>First step of this run: not 0 after a resume.</summary>
    public long FirstStep { get; init; }

    /// <summary>Position of the first training sample.</summary>
    public long FirstSample { get; init; }

    /// <summary>Number of updates of the whole run, those before a resume included; 0: only evaluate.</summary>
    public long Updates { get; init; }

    /// <summary>B, samples of a step with <see cref="MicroBatches"/> micro-batches.</summary>
    public int GlobalBatch { get; init; }

    /// <summary>P.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>M; 0 with all classes active.</summary>
    public long ActiveBudget { get; init; }

    /// <summary>Updates between two evaluations; 0: only after the last.</summary>
    public long EvaluateEvery { get; init; }

    /// <summary>Held-out samples; 0: no evaluation.</summary>
    public int HeldOutSamples { get; init; }

    /// <summary>Updates between two audits of the active classes; 0: none.</summary>
    public long AuditEvery { get; init; }

    /// <summary>Samples of an evaluation batch.</summary>
    public int EvaluationBatch { get; init; } = 256;

    /// <summary>Updates between two checkpoints; 0: only after the last.</summary>
    public long CheckpointEvery { get; init; }

    /// <summary>Whether checkpoints are written at all.</summary>
    public bool Checkpoints { get; init; }

    /// <summary>Training samples of an epoch.</summary>
    public long EpochSamples { get; init; }

    /// <summary>How backbone gradients travel.</summary>
    public SparsifierSettings Sparsifier { get; init; } = new();

    /// <summary>State of the sparsification's plan after a resume; empty for a new run.</summary>
    public string SparsifierState { get; init; } = "";

    /// <summary>Steps planned beyond the last one reported, so that data and selections run ahead.</summary>
    public int Lookahead { get; init; } = 2;
}
