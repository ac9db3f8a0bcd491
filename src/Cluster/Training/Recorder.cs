// Records the messages that cross the edges of a run.
using System.Collections.Concurrent;
using XClassFlow.Data;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Replay;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A tap that writes messages to a recording. Several instances of a stage may send on an edge at once; the writer keeps them apart.</summary>
internal sealed class Recorder : IFlowTap, IDisposable
{
    /// <summary>Where the header names the checkpoint that the run went on from.</summary>
    public const string ResumedFromKey = "resumed_from";

    /// <summary>Stands in the header where the run's graph had the stage that writes checkpoints.</summary>
    public const string CheckpointsKey = "checkpoints";

    /// <summary>The stage among whose calls the signal to stop stands.</summary>
    public const string Supervisor = "supervisor";

    private readonly RecordingWriter _writer;
    private readonly HashSet<string> _edges;
    private readonly ConcurrentDictionary<StageAddress, bool> _past = new();
    private readonly long _end;
    private readonly long _updates;
    private long _planned = -1;
    private bool _failed;
    private bool _closed;

    private Recorder(RecordingWriter writer, IEnumerable<string> edges, long end, long updates)
    {
        _writer = writer;
        _edges = [.. edges];
        _end = end;
        _updates = updates;
    }

    /// <summary>The recorder that the settings ask for, or null.</summary>
    /// <exception cref="UserErrorException">An edge does not exist, or the directory cannot be used.</exception>
    public static Recorder? Create(RunSettings settings, string configuration, FlowGraph graph, RunPlan plan, string? resumedFrom)
    {
        if (settings.Recording.Directory.Length == 0)
        {
            return null;
        }

        var known = graph.Links.Select(l => l.Edge).Distinct().Where(e => !e.EndsWith(".snapshots", StringComparison.Ordinal)).ToArray();
        var edges = settings.Recording.Edges.Count > 0 ? settings.Recording.Edges : known;
        foreach (var edge in edges)
        {
            if (!known.Contains(edge))
            {
                throw new UserErrorException($"no edge '{edge}'", "xclassflow.recording.edges", $"edges are {string.Join(", ", known)}");
            }
        }

        var end = settings.Recording.Updates > 0 ? plan.FirstStep + settings.Recording.Updates : long.MaxValue;
        var versions = RunVersions.Collect();
        if (resumedFrom is not null)
        {
            versions[ResumedFromKey] = resumedFrom;
        }

        if (graph.CountOf("checkpoint") > 0)
        {
            versions[CheckpointsKey] = "on";
        }

        var header = new RecordingHeader { Configuration = configuration, Seed = settings.Seed, WorldSize = 1, Versions = versions };
        var calls = graph.Addresses.Select(a => a.Group).Distinct().Select(CallRecord.EdgeOf);
        return new Recorder(new RecordingWriter(settings.Recording.Directory, header, [.. edges, .. calls]), edges, end, plan.Updates);
    }

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
        var edge = $"{from.Group}.{outlet}";
        if (message is PlanMessage { Plan.Phase: StepPhase.Train })
        {
            _planned = message.Step;
        }

        if (message.Step >= _end)
        {
            _past[from] = true;
            return;
        }

        if (!_edges.Contains(edge))
        {
            return;
        }

        var codec = MessageCodec.Of(message.GetType());
        var tensors = codec.NamedTensors(message).Select(t => (t.Name, Tensor: t.Tensor.contiguous())).ToArray();
        _writer.Write(edge, new RecordedMessage(
            message.Step,
            message.MicroBatch,
            from.Index,
            destination,
            codec.Type.Name,
            codec.Scalars(message),
            [.. tensors.Select(t => TensorMemory.BlockOf(t.Name, t.Tensor))]));
    }

    public void Called(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
        if (call == StageCall.Start || message?.Step >= _end || (call == StageCall.Produce && _past.ContainsKey(stage)))
        {
            return;
        }

        _writer.Write(
            CallRecord.EdgeOf(stage.Group),
            new RecordedMessage(message?.Step ?? 0, message?.MicroBatch ?? 0, stage.Index, -1, CallRecord.Type, new CallRecord(call, inlet).ToJson(), []));
    }

    /// <summary>The run failed: what crossed the edges so far is kept, marked as incomplete.</summary>
    public void Abandon()
    {
        _failed = true;
        _writer.Abandon();
    }

    /// <summary>Completes the recording of a run that ended.</summary>
    /// <returns>Why it is not complete; null where it is.</returns>
    public string? Complete()
    {
        Dispose();
        return _writer.Failure?.Message;
    }

    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        // A run that ends well before its last update was asked to, ahead of the plan that became the last one.
        if (!_failed && _planned >= 0 && _planned + 1 < _updates && _planned < _end)
        {
            _writer.Write(CallRecord.EdgeOf(Supervisor), StopRecord.Of(_planned));
        }

        _writer.Dispose();
    }
}
