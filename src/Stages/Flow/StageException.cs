// A fault inside a stage, with the place and the message it happened at.
namespace XClassFlow.Stages.Flow;

/// <summary>What a stage threw, with stage, step and micro-batch. The cause is <see cref="Exception.InnerException"/>.</summary>
public sealed class StageException : Exception
{
    public StageException(StageAddress stage, string activity, long? step, int? microBatch, Exception cause)
        : base($"stage {stage} failed in {activity}{At(step, microBatch)}: {cause.Message.ReplaceLineEndings(" ")}", cause)
    {
        Stage = stage;
        Activity = activity;
        Step = step;
        MicroBatch = microBatch;
    }

    public StageAddress Stage { get; }

    /// <summary>The inlet whose handler failed, or the call (start, produce, complete).</summary>
    public string Activity { get; }

    public long? Step { get; }

    public int? MicroBatch { get; }

    private static string At(long? step, int? microBatch) => step is null ? string.Empty : $" (step {step}, micro-batch {microBatch})";
}
