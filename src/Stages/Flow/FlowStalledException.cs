// Raised when no stage can go on although the graph is not done: names what waits for what.
namespace XClassFlow.Stages.Flow;

/// <summary>The graph stands still. The message lists every instance with its waiting messages.</summary>
public sealed class FlowStalledException : Exception
{
    internal FlowStalledException(string reason, IEnumerable<StageRunner> runners)
        : base($"the graph stands still ({reason}): {string.Join(" | ", runners.Where(r => !r.IsCompleted).Select(r => r.Describe()))}")
    {
    }
}
