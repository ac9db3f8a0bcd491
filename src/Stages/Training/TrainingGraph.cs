// Assembles the training graph from a configuration: which stages, how many, and how they are joined.
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The graph of DESIGN 3, for R replicas of the backbone and S shards of the head:
/// <code>
/// supervisor ->plans-> loader ->samples-> preprocess ->inputs-> backbone ==embeddings (all-gather)==> shard
///                      loader ==labels (all-gather)==> active ->active-> shard ==statistics (all-reduce)==> shard
///                      shard ==embedding_gradients (reduce-scatter)==> backbone ->segment_gradients-> exchange ->reduced-> backbone
///                      exchange ==parts (reduce-scatter, piece by piece)==> exchange ==sums (all-gather)==> exchange
///                      where gradients may be sparse: backbone ->segment_gradients-> sparsifier ->whole-> exchange, sparsifier ==parts (all-gather)==> sparsifier ->merged-> backbone ->verdicts-> sparsifier
///                      backbone ==statistics (all-gather, before an evaluation or a checkpoint)==> backbone
///                      exchange ==checks (all-gather, of guarded steps)==> backbone ==verdicts==> shard
///                      shard ==rows==> graph ==neighbours==> active
///                      where active classes are audited: shard ==audit_rows (all-gather)==> shard ==audits==> auditor ->results-> supervisor
///                      shard ==candidates==> evaluator;  reports -> supervisor
///                      shard, backbone, active, sparsifier ->snapshots-> checkpoint-writer (of their node) ->parts-> checkpoint ->written-> supervisor, backbone, shard
/// </code>
/// </summary>
public sealed class TrainingGraph
{
    /// <summary>Candidates per sample in evaluation: enough for top-5.</summary>
    public const int DefaultTopK = 5;

    private readonly RunSettings _settings;

    /// <param name="settings">The run's configuration.</param>
    public TrainingGraph(RunSettings settings) => _settings = settings;

    /// <summary>Training samples; null where only evaluated. Borrowed, as all inputs.</summary>
    public IDataSet? Training { get; init; }

    /// <summary>Order of the training samples.</summary>
    public EpochShuffle? Order { get; init; }

    /// <summary>Held-out samples; null without evaluation.</summary>
    public IDataSet? HeldOut { get; init; }

    /// <summary>N.</summary>
    public required long Classes { get; init; }

    /// <summary>Shape of a sample.</summary>
    public required SampleShape Input { get; init; }

    /// <summary>D.</summary>
    public required int Width { get; init; }

    /// <summary>The fixed schedule.</summary>
    public required RunPlan Run { get; init; }

    public required IConvergencePolicy Policy { get; init; }

    public required ISupervisorObserver Observer { get; init; }

    /// <summary>Asks for an orderly end.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>State to go on with; null for a new run.</summary>
    public SavedRun? Saved { get; init; }

    /// <summary>Where checkpoints go, and what is the same in all of them; null without checkpoints.</summary>
    public (CheckpointDirectory Directory, CheckpointInfo Info)? Checkpoints { get; init; }

    /// <summary>How many stages write checkpoints: one per node that holds state.</summary>
    public int Writers { get; init; } = 1;

    /// <summary>The writer of a replica's node, in [0, <see cref="Writers"/>).</summary>
    public Func<int, int> WriterOfBackbone { get; init; } = _ => 0;

    /// <summary>The writer of a shard's node.</summary>
    public Func<int, int> WriterOfShard { get; init; } = _ => 0;

    /// <summary>Makes the sink of predictions; null where nobody wants them.</summary>
    public Func<Stage>? Predictions { get; init; }

    /// <summary>Predictions per sample.</summary>
    public int TopK { get; init; } = DefaultTopK;

    private bool UsesGraph => _settings.ActiveClasses.UsesGraph && Run.HasSteps;

    private bool Audits => Run.AuditEvery > 0 && Run.HasSteps;

    // The step before which the graph of the first step was built; null where it needs none. An audit may have had a later one built than its turn was.
    // Where building overlaps training, a graph that was due may wait, or may have been left out because another waited: what the checkpoint holds is what was in use.
    private long? GraphStep => !UsesGraph || _settings.ActiveClasses.GraphOf(Run.FirstStep) is not { } due ? null
        : _settings.ActiveClasses.GraphDelay > 0 && (SavedStep ?? PendingStep) is not null ? SavedStep
        : Math.Max(due, SavedStep ?? due);

    private long? SavedStep => Saved?.GraphStep(_settings.ActiveClasses.Neighbours);

    private long? PendingStep => UsesGraph && _settings.ActiveClasses.GraphDelay > 0 ? Saved?.GraphStep(_settings.ActiveClasses.Neighbours, pending: true) : null;

    private bool HasSavedGraph => GraphStep is { } step && SavedStep == step;

    /// <summary>Builds the graph.</summary>
    /// <exception cref="UserErrorException">An inserted stage does not fit.</exception>
    public FlowGraph Build()
    {
        var (ranks, shards) = (_settings.Layout.Replicas, _settings.Layout.Shards);
        var partition = new ClassPartition(Classes, shards);
        var depth = _settings.Schedule.InFlight;
        var graph = new FlowGraph()
            .Add("supervisor", 1, _ => new Supervisor(Run, Policy, CreateGraphSchedule(), Observer, Stop))
            .Add("loader", ranks, r => new Loader(Training, Order, HeldOut, r, ranks))
            .Add("preprocess", ranks, _ => new Preprocess(Training, HeldOut, _settings.Data.Preprocess))
            .Add("active", shards, s => new ActiveClasses(_settings.ActiveClasses, partition, s, WriterOfShard(s)))
            .Add("backbone", ranks, r => new BackboneStage(CreateBackbone, CreateOptimizer, r, depth, () => Saved?.Backbone(), WriterOfBackbone(r), _settings.Schedule.Overlap))
            .Add("shard", shards, s => CreateShard(partition, s))
            .Add("exchange", ranks, _ => new GradientExchange(way: _settings.Layout.AllReduce, wire: _settings.Layout.Wire))
            .Add("evaluator", 1, _ => new Evaluator(TopK))
            .Connect("supervisor.plans", "loader.plans", LinkKind.Broadcast)
            .Connect("loader.labels", "active.labels", LinkKind.Broadcast)
            .Connect("loader.samples", "preprocess.samples")
            .Connect("preprocess.inputs", "backbone.inputs", capacity: 2)
            .Connect("backbone.embeddings", "shard.embeddings", LinkKind.Broadcast, depth)
            .Connect("active.active", "shard.active", capacity: 2)
            .Connect("shard.statistics", "shard.statistics", LinkKind.Broadcast)
            .Connect("shard.embedding_gradients", "backbone.embedding_gradients", LinkKind.Scatter)
            .Connect("exchange.parts", "exchange.parts", LinkKind.Scatter)
            .Connect("exchange.sums", "exchange.sums", LinkKind.Scatter)
            .Connect("exchange.reduced", "backbone.reduced")
            .Connect("exchange.checks", "backbone.checks", LinkKind.Broadcast)
            .Connect("backbone.statistics", "backbone.statistics", LinkKind.Broadcast)
            .Connect("backbone.verdicts", "shard.verdicts", LinkKind.Broadcast)
            .Connect("shard.candidates", "evaluator.candidates", LinkKind.Broadcast)
            .Connect("shard.reports", "supervisor.head_reports", LinkKind.Broadcast)
            .Connect("backbone.reports", "supervisor.backbone_reports", LinkKind.Broadcast)
            .Connect("evaluator.reports", "supervisor.evaluations");
        if (UsesGraph)
        {
            graph.Add("graph", ClassGraphBuilder.Builders(_settings.ActiveClasses.Graph, partition), b => new ClassGraphBuilder(_settings.ActiveClasses, _settings.Head.Scale, partition, b, SavedGraphs, GraphStep))
                // A shard is run only while it has room: with rows at a builder that works beside training, one more.
                .Connect("shard.rows", "graph.rows", LinkKind.Broadcast, _settings.ActiveClasses.GraphDelay > 0 ? 2 : 1)
                .Connect("graph.neighbours", "active.neighbours", LinkKind.Scatter);
        }

        if (Audits)
        {
            graph.Add("auditor", 1, _ => new Auditor(_settings.ActiveClasses.Audit, _settings.Head.LabelSmoothing, _settings.ActiveClasses.Neighbours))
                .Connect("shard.audit_rows", "shard.audit_rows", LinkKind.Broadcast)
                .Connect("shard.audits", "auditor.parts", LinkKind.Broadcast)
                .Connect("auditor.results", "supervisor.audits");
        }

        AddSparsifier(graph, ranks);
        AddCheckpoints(graph);
        if (Predictions is not null)
        {
            graph.Add("predictions", 1, _ => Predictions()).Connect("evaluator.predictions", "predictions.in");
        }

        InsertStages(graph);
        return graph;
    }

    private Backbone CreateBackbone(ulong seed) => Components.Backbones.Create(_settings.Backbone, new BackboneSite(Input, seed));

    private Optimizers.IBackboneOptimizer CreateOptimizer(Backbone backbone) => Components.Optimizers.Create(_settings.Optimizer, backbone);

    private GraphSchedule CreateGraphSchedule() => new(_settings.ActiveClasses, Run.Lookahead, GraphStep, Saved?.Graphs ?? "", PendingStep);

    private ShardedFc CreateShard(ClassPartition partition, int shard)
    {
        return new ShardedFc(
            _settings.Head,
            partition,
            shard,
            Width,
            Math.Max(DefaultTopK, TopK),
            HasSavedGraph ? null : GraphStep,
            () => Saved?.Head(partition, shard, Width, _settings.Head.Update, WeightsOfShard()),
            WriterOfShard(shard),
            Audits
                ? new ShardAudit(_settings.ActiveClasses.Audit, _settings.Head, Classes, _settings.ActiveClasses.Neighbours)
                : null);
    }

    // What is only evaluated is not written: it stays in the checkpoint's file.
    private WeightSettings WeightsOfShard() => Training is null ? _settings.Head.Weights with { Storage = WeightStorage.Mapped } : _settings.Head.Weights;

    // The checkpoint's class graph, if its turn has not ended, and one that is not used yet. The shards send no rows for them then, so they must be whole.
    private IReadOnlyList<StoredGraph> SavedGraphs()
    {
        StoredGraph Whole(bool pending) => Saved!.Graph(Classes, _settings.ActiveClasses.Neighbours, pending)
            ?? throw new UserErrorException($"its class graph is not a whole one of {Classes} classes", Saved.Path, "use another checkpoint");
        return [.. HasSavedGraph ? [Whole(false)] : Array.Empty<StoredGraph>(), .. PendingStep is null ? [] : new[] { Whole(true) }];
    }

    private void AddSparsifier(FlowGraph graph, int ranks)
    {
        if (!_settings.Sparsifier.IsOn)
        {
            if (Run.HasSteps && Saved is { HasResiduals: true })
            {
                throw new UserErrorException(
                    "holds gradients that were not sent yet, and sparsifier.type is none",
                    Saved.Path,
                    "write sparsifier.type = top-k as in the run that wrote it; with ratio = 1 and warm-up = [] the first step sends them and all later ones are whole");
            }

            graph.Connect("backbone.segment_gradients", "exchange.gradients", capacity: 16);
            return;
        }

        var optimizer = SparsifierOptimizer.SettingsOf(_settings.Optimizer);
        graph
            .Add("sparsifier", ranks, r => new SparsifierStage(
                () => new GradientSparsifier(_settings.Sparsifier, optimizer.Momentum, optimizer.Nesterov, ranks, get_num_threads()),
                () => Run.HasSteps ? Saved?.Residuals(r, ranks) : null,
                ResidualFile.NameOf(r, ranks),
                WriterOfBackbone(r)))
            .Connect("supervisor.plans", "sparsifier.plans", LinkKind.Broadcast)
            .Connect("backbone.segment_gradients", "sparsifier.gradients", capacity: 16)
            .Connect("sparsifier.whole", "exchange.gradients", capacity: 16)
            .Connect("sparsifier.parts", "sparsifier.parts", LinkKind.Broadcast)
            .Connect("sparsifier.merged", "backbone.merged")
            .Connect("backbone.verdicts", "sparsifier.verdicts");
    }

    private void AddCheckpoints(FlowGraph graph)
    {
        if (Checkpoints is not { } checkpoints)
        {
            return;
        }

        var placed = Enumerable.Range(0, _settings.Layout.Replicas).Select(WriterOfBackbone).Concat(Enumerable.Range(0, _settings.Layout.Shards).Select(WriterOfShard));
        if (placed.Any(w => w < 0 || w >= Writers))
        {
            throw new InvalidOperationException($"a stage is placed at checkpoint writer {placed.First(w => w < 0 || w >= Writers)} of {Writers}");
        }

        graph.Add("checkpoint-writer", Writers, w => new CheckpointWriterStage(checkpoints.Directory, SnapshotsOf(w)))
            .Add("checkpoint", 1, _ => new CheckpointStage(checkpoints.Directory, checkpoints.Info))
            .Connect("supervisor.state", "checkpoint.supervisor")
            .Connect("checkpoint.opened", "checkpoint-writer.opened", LinkKind.Broadcast)
            .Connect("backbone.snapshots", "checkpoint-writer.backbone", LinkKind.Scatter)
            .Connect("shard.snapshots", "checkpoint-writer.head", LinkKind.Scatter)
            .Connect("checkpoint-writer.parts", "checkpoint.parts", LinkKind.Broadcast)
            .Connect("checkpoint.written", "supervisor.written", LinkKind.Broadcast)
            .Connect("checkpoint.written", "backbone.written", LinkKind.Broadcast)
            .Connect("checkpoint.written", "shard.written", LinkKind.Broadcast);
        if (UsesGraph)
        {
            graph.Connect("active.snapshots", "checkpoint-writer.graph", LinkKind.Scatter);
        }

        if (_settings.Sparsifier.IsOn)
        {
            graph.Connect("sparsifier.snapshots", "checkpoint-writer.residuals", LinkKind.Scatter)
                .Connect("checkpoint.written", "sparsifier.written", LinkKind.Broadcast);
        }
    }

    // The replicas are equal, so the first one's state is enough, but what a rank has not sent yet is its own; a shard's goes with its part of the class graph.
    private int SnapshotsOf(int writer) => (WriterOfBackbone(0) == writer ? 1 : 0)
        + (_settings.Sparsifier.IsOn ? Enumerable.Range(0, _settings.Layout.Replicas).Count(r => WriterOfBackbone(r) == writer) : 0)
        + ((UsesGraph ? 2 : 1) * Enumerable.Range(0, _settings.Layout.Shards).Count(s => WriterOfShard(s) == writer));

    private void InsertStages(FlowGraph graph)
    {
        foreach (var (name, node) in _settings.Stages?.Members ?? new Dictionary<string, ConfigNode>())
        {
            if (node.Find("at") is not { Kind: ConfigNodeKind.Text } at)
            {
                throw new UserErrorException("missing required key 'at'", node.Where, "write at = \"backbone.embeddings\", the edge where the stage stands");
            }

            var component = ConfigNode.OfMembers(node.Members.Where(m => m.Key != "at"), node.Origin, node.Path);
            graph.Insert(
                name,
                at.Text,
                i => Components.Stages.Create(component, new StageSite(name, at.Text, i, (ulong)_settings.Seed)),
                at.Where);
        }
    }
}
