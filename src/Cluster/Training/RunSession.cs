// One run of the training graph, from settings to report.
using TorchSharp;
using XClassFlow.Cluster.Hosting;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Planning;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>
/// Prepares and runs the graph: checks everything that can be wrong before anything is trained, runs it under the configured host, and makes the report. Owns the data
/// sets and the checkpoint it reads.
/// </summary>
internal sealed class RunSession : IDisposable
{
    private readonly RunSettings _settings;
    private readonly string _configuration;
    private readonly DataSetPair _data;
    private readonly long _classes;
    private readonly SavedRun? _saved;
    private readonly string _loaded;
    private bool _busy;

    private RunSession(RunSettings settings, string configuration, DataSetPair data, long classes, SavedRun? saved, string loaded)
    {
        // One process is one node.
        _settings = settings with { Layout = settings.Layout.On(1, 1) };
        _configuration = configuration;
        _data = data;
        _classes = classes;
        _saved = saved;
        _loaded = loaded;
    }

    /// <summary>Where checkpoints go; null: nowhere.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Whether the report holds every loss.</summary>
    public bool ReportLosses { get; init; }

    /// <summary>Where the stages stand; null: all here.</summary>
    public TrainingPlacement? Placement { get; init; }

    /// <summary>The run on a cluster that owns the checkpoints; null: the one in this process.</summary>
    public CheckpointFence? Fence { get; init; }

    /// <summary>Ends what takes long in a stage, such as writing a checkpoint; the run was given up.</summary>
    public CancellationToken Abort { get; init; }

    /// <summary>How many times the run has gone back to this checkpoint after trouble.</summary>
    public int Returns { get; set; }

    /// <summary>Updates and samples before this session's own.</summary>
    public (long Step, long Sample) Position => (_saved?.NextStep ?? 0, _saved?.Samples ?? 0);

    /// <summary>The report of a run in this process that failed, up to there; null before.</summary>
    public RunReport? SoFar { get; private set; }

    /// <summary>Makes the sink of predictions, if wanted.</summary>
    public Func<Stage>? Predictions { get; init; }

    public int TopK { get; init; } = TrainingGraph.DefaultTopK;

    /// <summary>Observers of the edges besides the session's own.</summary>
    public IReadOnlyList<IFlowTap> Taps { get; init; } = [];

    /// <summary>A session that trains.</summary>
    /// <exception cref="UserErrorException">Something of the configuration or the input is wrong.</exception>
    public static RunSession Train(
        RunSettings settings, string configuration, string? checkpointPath, bool resume, bool reportLosses, TrainingPlacement? placement = null, CheckpointFence? fence = null, CancellationToken abort = default)
    {
        var loaded = LoadTorch(settings.Torch);
        var data = DataSetPair.Open(settings.Data, settings.Schedule.EvaluationSamples);
        SavedRun? saved = null;
        try
        {
            settings.ActiveClasses.ValidateFor(data.Train!.Classes, "xclassflow.active-classes");
            if (data.Train.Classes < settings.Layout.Shards)
            {
                throw new UserErrorException(
                    $"shards = {settings.Layout.Shards} is more than the {data.Train.Classes} classes", "xclassflow.layout", "use fewer shards");
            }

            abort.ThrowIfCancellationRequested();
            saved = CheckpointsOfRun.Open(checkpointPath, resume, part: placement is not null, abort);
            return new RunSession(settings, configuration, data, data.Train.Classes, saved, loaded)
            {
                CheckpointPath = checkpointPath,
                ReportLosses = reportLosses,
                Placement = placement,
                Fence = fence,
                Abort = abort,
            };
        }
        catch
        {
            data.Dispose();
            saved?.Dispose();
            throw;
        }
    }

    /// <summary>A session that replays a recorded run.</summary>
    /// <param name="settings">The recorded configuration.</param>
    /// <param name="resumedFrom">The checkpoint that the recorded run went on from, or null.</param>
    /// <param name="checkpoints">Whether it wrote checkpoints.</param>
    public static RunSession Replay(RunSettings settings, string? resumedFrom, bool checkpoints)
    {
        var loaded = LoadTorch(settings.Torch);
        var data = DataSetPair.Open(settings.Data, settings.Schedule.EvaluationSamples);
        try
        {
            var saved = resumedFrom is null ? null : SavedRun.Open(resumedFrom);
            return new RunSession(settings, string.Empty, data, data.Train!.Classes, saved, loaded) { CheckpointPath = checkpoints ? Path.Combine(Path.GetTempPath(), "xclassflow-replay") : null };
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>A session that evaluates a checkpoint on other samples.</summary>
    /// <param name="saved">The checkpoint; taken over.</param>
    /// <param name="settings">Its configuration.</param>
    /// <param name="heldOut">The samples; taken over.</param>
    /// <param name="topK">Predictions per sample.</param>
    /// <param name="predictions">Their sink, or null.</param>
    public static RunSession Evaluate(SavedRun saved, RunSettings settings, IDataSet heldOut, int topK, Func<Stage>? predictions)
        => new(settings, saved.Configuration, DataSetPair.OfHeldOut(heldOut), saved.Classes, saved, LoadTorch(settings.Torch)) { TopK = topK, Predictions = predictions };

    /// <summary>Loads libtorch and sets its number of threads, once per process.</summary>
    public static string LoadTorch(TorchSettings settings)
    {
        var info = LibTorch.EnsureLoaded(settings.Libtorch.Length == 0 ? null : settings.Libtorch);
        torch.set_num_threads(settings.Threads > 0 ? settings.Threads : Environment.ProcessorCount);
        return info.ToString();
    }

    /// <summary>Builds the graph and everything around it; nothing is computed yet.</summary>
    /// <param name="command">For the report.</param>
    /// <param name="observer">Told about progress.</param>
    /// <param name="host">Runs the graph.</param>
    /// <param name="stop">Asks for an orderly end.</param>
    /// <param name="announces">Whether the observer is told what begins.</param>
    /// <param name="node">Number of this node among several; null: the only one.</param>
    /// <exception cref="UserErrorException">The configuration does not fit the data, the checkpoint or itself.</exception>
    public PreparedRun Prepare(string command, IRunObserver observer, IFlowHost host, CancellationToken stop, bool announces = true, int? node = null)
    {
        var plan = Plan();
        var (width, parameters, batchStatistics) = MeasureBackbone(plan);
        var automatic = plan.MicroBatchCandidates is not null;

        // With batch norm the number of micro-batches is part of the result, which measured times must not choose.
        plan = batchStatistics ? plan with { MicroBatchCandidates = null } : plan;

        var monitor = new RunMonitor(observer, plan, _data.Train?.Count ?? 0, () => host.Load, ReportLosses);
        var graph = BuildGraph(plan, width, monitor, stop);
        return new PreparedRun
        {
            Command = command,
            Settings = _settings,
            Classes = _classes,
            Plan = plan,
            Graph = graph,
            Host = host,
            Monitor = monitor,
            Observer = observer,
            Announces = announces,
            Started = new RunStarted(
                _settings.Name, _classes, parameters + (_classes * width), plan.Updates - plan.FirstStep, plan.GlobalBatch, [_loaded, .. LoadedLines.Of(_data, _saved, automatic && batchStatistics)]),
            Recorder = _data.Train is null ? null : Recorder.Create(_settings, _configuration, graph, plan, _saved?.Path),
            Timeline = TimelineOfRun.Create(_settings.Timeline, plan),
            Node = node,
            Taps = Taps,
            Stop = stop,
        };
    }

    /// <summary>What a process of the run needs; nothing but a backbone is allocated.</summary>
    public MemoryPlan PlanMemory(ProcessShare share)
    {
        using var backbone = CreateBackbone();
        return PlanMemory(backbone, share);
    }

    /// <summary>Runs to the end in this process.</summary>
    /// <param name="command">For the report.</param>
    /// <param name="observer">Told about progress.</param>
    /// <param name="stop">Asks for an orderly end of training; ends an evaluation at once.</param>
    /// <exception cref="OperationCanceledException">An evaluation was stopped.</exception>
    public async Task<RunReport> RunAsync(string command, IRunObserver observer, CancellationToken stop)
    {
        var actors = new ActorHost();
        using var inline = new InlineHost();
        using var run = Prepare(command, observer, _settings.Host == HostKind.Inline ? inline : actors, stop);
        try
        {
            // An evaluation has no step after which it could end in order, and half of one says nothing.
            return await run.RunAsync(run.Plan.HasSteps ? CancellationToken.None : stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What takes the predictions belongs to the caller, who frees it next.
            await actors.Quiet;
            throw;
        }
        catch (Exception e) when (TroubleException.In(e) is not null)
        {
            // What comes after this session may need what its stages use.
            SoFar = run.SoFar;
            await actors.Quiet;
            throw;
        }
        finally
        {
            _busy = !actors.Quiet.IsCompleted;
        }
    }

    /// <summary>Whether a recording of this run holds it to its end: the last evaluation carries the number of the update that does not come any more.</summary>
    public bool IsRecordedWhole => _settings.Recording.Updates == 0 || (Plan() is var plan && plan.FirstStep + _settings.Recording.Updates > plan.Updates);

    public void Dispose()
    {
        if (_busy)
        {
            // A stage that did not stop still reads the mapped files; the process is about to end.
            return;
        }

        _data.Dispose();
        _saved?.Dispose();
    }

    private FlowGraph BuildGraph(RunPlan plan, int width, ISupervisorObserver observer, CancellationToken stop)
    {
        return new TrainingGraph(_settings)
        {
            Training = _data.Train,
            Order = Order(),
            HeldOut = _data.HeldOut,
            Classes = _classes,
            Input = _data.Shape,
            Width = width,
            Run = plan,
            Policy = PolicyOfRun.Create(_settings, plan, _saved, Returns),
            Observer = observer,
            Stop = stop,
            Saved = _saved,
            Checkpoints = Checkpoints(),
            Writers = Placement?.Writers.Count ?? 1,
            WriterOfBackbone = rank => Placement?.WriterOfBackbone(rank) ?? 0,
            WriterOfShard = shard => Placement?.WriterOfShard(shard) ?? 0,
            Predictions = Predictions,
            TopK = TopK,
        }.Build();
    }

    private RunPlan Plan() => PlanOfRun.Create(_settings, _data, _saved, CheckpointPath is not null);

    private EpochShuffle? Order() => _data.Train is not { } train
        ? null
        : _settings.Data.Shuffle ? new EpochShuffle(train.Count, (ulong)_settings.Seed) : EpochShuffle.Unshuffled(train.Count);

    private (CheckpointDirectory, CheckpointInfo)? Checkpoints() => CheckpointPath is null || _data.Train is null
        ? null
        : (new CheckpointDirectory(CheckpointPath, new CheckpointDirectory.Settings { Keep = _settings.Schedule.KeepCheckpoints }) { Fence = Fence, Abort = Abort },
            new CheckpointInfo
            {
                Configuration = _configuration,
                Seed = _settings.Seed,
                Versions = RunVersions.Collect(),
                Texts = Fence is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [SavedRun.RunKey] = Fence.Run },
            });

    // The width of the embeddings is the backbone's to say; what it cannot take, and what does not fit, is an error before anything starts.
    private (int Width, long Parameters, bool BatchStatistics) MeasureBackbone(RunPlan plan)
    {
        using var backbone = CreateBackbone();
        _saved?.CheckFits(_classes, backbone.Width);
        if (plan.HasSteps)
        {
            RankBatch.Require(plan.GlobalBatch, plan.MicroBatches, _settings.Layout.Replicas, backbone.UsesBatchStatistics);
            PlanMemory(backbone, Placement is null ? ProcessShare.Of(_settings.Layout, 1) : ProcessShare.Of(Placement)).RequireFit("this run");
        }

        return (backbone.Width, backbone.ParameterCount, backbone.UsesBatchStatistics);
    }

    private MemoryPlan PlanMemory(Backbone backbone, ProcessShare share)
        => new MemoryPlanner(_settings, _data.Shape, backbone, torch.get_num_threads()).Of(_classes, share, _settings.Limits.AvailableBytes);

    private Backbone CreateBackbone() => Components.Backbones.Create(_settings.Backbone, new BackboneSite(_data.Shape, 0));
}
