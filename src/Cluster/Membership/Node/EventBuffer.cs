// Gathers the events of a run so that many of them cross in one message.
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Written by the run on any thread, emptied by the agent.</summary>
/// <param name="prefix">Goes in front of notes.</param>
internal sealed class EventBuffer(string prefix) : INodeEvents
{
    /// <summary>Events of one message; with 300 bytes for each it stays far below what may cross.</summary>
    private const int Batch = 200;

    private const int LongestNote = 2_000;

    private readonly Lock _gate = new();
    private List<RunEvent> _events = [];

    public void Started(RunStarted started) => Add(new RunEvent(Started: started));

    public void Step(StepProgress step) => Add(new RunEvent(Step: step));

    public void Evaluated(EvaluationResult result) => Add(new RunEvent(Evaluated: result));

    public void Checkpointed(long step, string path) => Add(new RunEvent(Checkpointed: new CheckpointTold(step, path)));

    public void Note(string line) => Add(new RunEvent(Note: prefix + (line.Length > LongestNote ? line[..LongestNote] : line)));

    /// <summary>Takes what has gathered, in messages of bounded size.</summary>
    public IReadOnlyList<RunEvent[]> Take()
    {
        List<RunEvent> taken;
        lock (_gate)
        {
            if (_events.Count == 0)
            {
                return [];
            }

            taken = _events;
            _events = [];
        }

        // Only the last step's loads are ever seen.
        var last = taken.FindLastIndex(e => e.Step is not null);
        return [.. taken.Select((e, i) => i < last && e.Step is { } step ? new RunEvent(Step: step with { Stages = [] }) : e).Chunk(Batch)];
    }

    private void Add(RunEvent e)
    {
        lock (_gate)
        {
            _events.Add(e);
        }
    }
}
