// The fixed schedule of a run.
using XClassFlow.Data;
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>From settings, data and checkpoint to what the supervisor plans by.</summary>
internal static class PlanOfRun
{
    /// <param name="settings">The run's.</param>
    /// <param name="data">Its samples; borrowed.</param>
    /// <param name="saved">What it goes on from, or null; borrowed.</param>
    /// <param name="checkpoints">Whether it writes checkpoints.</param>
    /// <exception cref="UserErrorException">There are more held-out samples than an evaluation takes.</exception>
    public static RunPlan Create(RunSettings settings, DataSetPair data, SavedRun? saved, bool checkpoints)
    {
        var schedule = settings.Schedule;
        var train = data.Train?.Count ?? 0;
        var updates = train == 0 ? 0 : schedule.Updates > 0 ? schedule.Updates : Math.Max(1, (long)Math.Round(schedule.Epochs * train / schedule.Batch));
        if (data.HeldOut is { Count: > int.MaxValue } heldOut)
        {
            throw new UserErrorException($"has {heldOut.Count} samples", heldOut.Name, $"evaluate at most {int.MaxValue} at a time");
        }

        return new RunPlan
        {
            FirstStep = saved?.NextStep ?? 0,
            FirstSample = saved?.Samples ?? 0,
            From = checkpoints ? saved?.Path : null,
            Updates = updates,
            Samples = schedule.Updates > 0 ? 0 : updates * schedule.Batch,
            GlobalBatch = schedule.Batch,
            ActiveClasses = settings.ActiveClasses,
            MicroBatches = Math.Max(1, schedule.MicroBatches),
            MicroBatchCandidates = schedule.MicroBatches == 0 ? new MicroBatchCandidates(schedule.Batch, settings.Layout.Replicas) : null,
            MicroBatchState = saved?.MicroBatches ?? "",
            EvaluateEvery = (long)Math.Round(schedule.EvaluateEvery * train / schedule.Batch),
            EvaluationDue = saved?.EvaluationDue ?? false,
            HeldOutSamples = (int)(data.HeldOut?.Count ?? 0),
            EvaluationBatch = schedule.EvaluationBatch,
            AuditEvery = settings.ActiveClasses.AuditEvery,
            CheckpointEvery = schedule.CheckpointEvery,
            Checkpoints = checkpoints,
            Lookahead = schedule.Lookahead,
            EpochSamples = train,
            Sparsifier = settings.Sparsifier,
            SparsifierState = saved?.Sparsification ?? "",
        };
    }
}
