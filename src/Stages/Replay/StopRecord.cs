// How it stands in a recording that a run was asked to stop.
using XClassFlow.Data.Recordings;

namespace XClassFlow.Stages.Replay;

/// <summary>
/// A row among the calls of the supervisor. The signal comes from outside the graph, and the plan of the step that it makes the last one depends on it; so a replay
/// gives it again, before that plan.
/// </summary>
internal static class StopRecord
{
    private const string Type = "Stop";

    /// <param name="step">The first step that was planned after the signal, which is the last of the run.</param>
    public static RecordedMessage Of(long step) => new(step, 0, 0, -1, Type, "{}", []);

    public static bool Is(RecordedMessage message) => message.Type == Type;

    /// <summary>The last step of the run if it was asked to stop there; null for a run that went to its end, or beyond what was recorded.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="group">The supervisor's name.</param>
    public static long? Find(RecordingReader recording, string group)
    {
        var calls = CallRecord.EdgeOf(group);
        return recording.Edges.Any(e => e.Name == calls) ? recording.Messages(calls).FirstOrDefault(Is)?.Step : null;
    }
}
