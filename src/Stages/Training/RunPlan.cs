// What a run consists of: updates, evaluations, checkpoints.
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>The fixed part of a run's schedule; rates and micro-batches come from the convergence policy.</summary>
public sealed record RunPlan
{
    /// <summary>First step of this run: not 0 after a resume.</summary>
    public long FirstStep { get; init; }

    /// <summary>Position of the first training sample.</summary>
    public long FirstSample { get; init; }

    /// <summary>The checkpoint that a run goes on from, where it is its own; else null.</summary>
    public string? From { get; init; }

    /// <summary>Number of updates of the whole run, those before a resume included; 0: only evaluate.</summary>
    public long Updates { get; init; }

    /// <summary>Training samples of the whole run, those before a resume included; 0: <see cref="Updates"/> alone says how long it is. A batch that grows makes fewer updates of them.</summary>
    public long Samples { get; init; }

    /// <summary>B, samples of a step with <see cref="MicroBatches"/> micro-batches.</summary>
    public int GlobalBatch { get; init; }

    /// <summary>P; 1 where it is chosen.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Which classes take part.</summary>
    public ActiveClassesSettings ActiveClasses { get; init; } = new();

    /// <summary>What P is chosen from; null: it is fixed.</summary>
    public MicroBatchCandidates? MicroBatchCandidates { get; init; }

    /// <summary>State of that choice after a resume; empty for a new run.</summary>
    public string MicroBatchState { get; init; } = "";

    /// <summary>Updates of <see cref="GlobalBatch"/> samples between two evaluations; 0: only after the last.</summary>
    public long EvaluateEvery { get; init; }

    /// <summary>Whether one was due after the step before <see cref="FirstStep"/>; it comes first.</summary>
    public bool EvaluationDue { get; init; }

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

    /// <summary>Whether there is something to train.</summary>
    public bool HasSteps => !IsOver(FirstStep, FirstSample);

    /// <summary>Whether nothing is left to train.</summary>
    /// <param name="updates">Updates made.</param>
    /// <param name="samples">Samples trained on.</param>
    public bool IsOver(long updates, long samples) => updates >= Updates || (Samples > 0 && samples >= Samples);

    /// <summary>Part of the run that is done, 0 to 1: in samples where they end it, else in updates.</summary>
    /// <param name="updates">Updates made.</param>
    /// <param name="samples">Samples trained on.</param>
    public double Progress(long updates, long samples) => Samples > 0 ? Math.Min(1, samples / (double)Samples) : Math.Min(1, updates / (double)Math.Max(1, Updates));

    /// <summary>The size of a step.</summary>
    /// <param name="wanted">Micro-batches that the policy wants; null: as configured.</param>
    /// <param name="firstSample">Samples trained on before it; a grown batch is cut where the run ends.</param>
    /// <param name="parts">Parts that each of these micro-batches is cut into, which makes the step no larger.</param>
    public (int MicroBatches, int GlobalBatch) BatchOf(int? wanted, long firstSample, int parts = 1)
    {
        var microBatches = Math.Max(1, wanted ?? MicroBatches);
        if (Samples > 0 && microBatches > MicroBatches)
        {
            var left = (((Samples - firstSample) * MicroBatches) + GlobalBatch - 1) / GlobalBatch;
            microBatches = (int)Math.Min(microBatches, Math.Max(MicroBatches, left));
        }

        return (checked(microBatches * parts), checked((int)((long)GlobalBatch * microBatches / MicroBatches)));
    }

    /// <summary>Whether a checkpoint is due after so many updates.</summary>
    public bool IsCheckpointDue(long updates) => IsDue(CheckpointEvery, updates);

    /// <summary>Whether the update that makes them so many is held against all classes.</summary>
    public bool IsAuditDue(long updates) => IsDue(AuditEvery, updates);

    /// <summary>Whether an evaluation became due between two positions. Counted in samples, so that a batch that grows is evaluated at the same points.</summary>
    public bool IsEvaluationDue(long before, long after) => EvaluateEvery > 0 && before / (EvaluateEvery * GlobalBatch) < after / (EvaluateEvery * GlobalBatch);

    private static bool IsDue(long every, long updates) => every > 0 && updates % every == 0;
}
