// The whole training graph in miniature: generated features, a small backbone, few classes. Made in code, so it needs no parser.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Generated;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Graph;

/// <summary>A run to configure, start and look at. Runs once.</summary>
internal sealed class TinyRun : ISupervisorObserver, IFlowTap
{
    public const int Classes = 211;

    private readonly Dictionary<string, float[]> _weights = [];

    public string Backbone { get; init; } = "mlp";

    public int Shards { get; init; } = 2;

    public int Replicas { get; init; } = 1;

    public int MicroBatches { get; init; } = 1;

    /// <summary>Whether the number of micro-batches is chosen.</summary>
    public bool ChoosesMicroBatches { get; init; }

    public int Batch { get; init; } = 32;

    public bool Overlap { get; init; } = true;

    /// <summary>Widths of the mlp's hidden layers.</summary>
    public string[] Hidden { get; init; } = ["16"];

    public long Updates { get; init; } = 20;

    public HeadSettings Head { get; init; } = new(Chunk: 64, KeptMib: 0);

    public ActiveClassesSettings Active { get; init; } = new();

    public SparsifierSettings Sparsifier { get; init; } = new();

    public string Optimizer { get; init; } = "sgd";

    public Rates Rates { get; init; } = new() { Backbone = 0.05, Head = 0.2 };

    /// <summary>Decides; null: the rates, unchanged.</summary>
    public IConvergencePolicy? Policy { get; init; }

    /// <summary>Samples of the run; 0: the updates alone say how long it is.</summary>
    public long Samples { get; init; }

    public long EvaluateEvery { get; init; }

    public int HeldOutSamples { get; init; }

    public int TopK { get; init; } = TrainingGraph.DefaultTopK;

    /// <summary>Where the last step writes a checkpoint, by which the weights become visible; null for none.</summary>
    public string? Checkpoint { get; init; }

    public long CheckpointEvery { get; init; }

    /// <summary>Checkpoint writers; shard s lends its state to writer s modulo their number.</summary>
    public int Writers { get; init; } = 1;

    /// <summary>The writer of the backbones; the last one if null.</summary>
    public int? WriterOfBackbone { get; init; }

    public Action<StepRecord> OnStep { get; init; } = _ => { };

    /// <summary>Sees every message.</summary>
    public Action<Message> OnSent { get; init; } = _ => { };

    /// <summary>Everything about every step.</summary>
    public List<StepRecord> Steps { get; } = [];

    /// <summary>Updates at each evaluation.</summary>
    public List<long> Evaluations { get; } = [];

    /// <summary>Loss of every step.</summary>
    public List<double> Losses { get; } = [];

    public List<AuditResult> Audits { get; } = [];

    /// <summary>Numbers of micro-batches that were chosen.</summary>
    public List<MicroBatchChoice> Choices { get; } = [];

    public EvaluationReport? Evaluation { get; private set; }

    /// <summary>Tensors of the checkpoint by file and name.</summary>
    public IReadOnlyDictionary<string, float[]> Weights => _weights;

    public async Task<TinyRun> RunAsync(IFlowHost host)
    {
        await host.RunAsync(
            Build(), new FlowOptions { Seed = 3, Taps = [this], StallTimeout = TimeSpan.FromSeconds(60), KeptTensors = 1000 }, CancellationToken.None);
        return this;
    }

    public async Task<TinyRun> RunInlineAsync()
    {
        using var host = new InlineHost();
        return await RunAsync(host);
    }

    void ISupervisorObserver.Stepped(StepRecord step)
    {
        Losses.Add(step.Loss);
        Steps.Add(step);
        OnStep(step);
    }

    void ISupervisorObserver.Evaluated(EvaluationReport evaluation)
    {
        Evaluation = evaluation;
        Evaluations.Add(evaluation.Step);
    }

    void ISupervisorObserver.MicroBatchesChosen(MicroBatchChoice choice) => Choices.Add(choice);

    void ISupervisorObserver.Audited(AuditResult audit) => Audits.Add(audit);

    void ISupervisorObserver.Checkpointed(long step, string path)
    {
    }

    void IFlowTap.Sent(StageAddress from, string outlet, int destination, Message message)
    {
        OnSent(message);
        if (message is StateSnapshot snapshot)
        {
            lock (_weights)
            {
                foreach (var (name, tensor) in snapshot.Names.Zip(snapshot.Tensors).Where(t => t.Second.dtype == TorchSharp.torch.ScalarType.Float32))
                {
                    _weights[$"{snapshot.File}/{name}"] = tensor.contiguous().data<float>().ToArray();
                }
            }
        }
    }

    private static ConfigNode Block(params (string Key, ConfigNode Value)[] members)
        => ConfigNode.OfMembers(members.Select(m => KeyValuePair.Create(m.Key, m.Value)));

    private static ConfigNode Text(string text) => ConfigNode.OfText(text);

    private FlowGraph Build()
    {
        var data = new GeneratedFeatures(new GeneratedFeatures.Settings { Classes = Classes, Width = 12, SamplesPerClass = 6, Branching = 8, Levels = 2 });
        var heldOut = new GeneratedFeatures(
            new GeneratedFeatures.Settings { Classes = Classes, Width = 12, SamplesPerClass = 6, Branching = 8, Levels = 2, Split = GeneratedSplit.Test });
        var settings = new RunSettings(
            new DataSettings(Block(), Preprocess: new PreprocessSettings { Workers = 1 }),
            Block(("type", Text(Backbone)), ("mlp", Block(("norm", Text("none")), ("embedding-norm", Text("none")), ("hidden", ConfigNode.OfItems([.. Hidden.Select(Text)])), ("width", Text("12"))))),
            Block(("type", Text(Optimizer))),
            Block(),
            Layout: new LayoutSettings(Replicas, Shards),
            Schedule: new ScheduleSettings(Batch: Batch, MicroBatches: MicroBatches, Overlap: Overlap),
            Head: Head,
            ActiveClasses: Active,
            Sparsifier: Sparsifier);
        return new TrainingGraph(Backbone == "mlp" ? settings : settings with { Backbone = Block(("type", Text(Backbone))) })
        {
            Training = data,
            Order = new EpochShuffle(data.Count, 5),
            HeldOut = HeldOutSamples > 0 ? heldOut : null,
            Classes = Classes,
            Input = data.Shape,
            Width = 12,
            Run = new RunPlan
            {
                Updates = Updates,
                Samples = Samples,
                EvaluateEvery = EvaluateEvery,
                GlobalBatch = Batch,
                MicroBatches = MicroBatches,
                ActiveClasses = Active,
                MicroBatchCandidates = ChoosesMicroBatches ? new MicroBatchCandidates(Batch, Replicas) : null,
                AuditEvery = Active.AuditEvery,
                HeldOutSamples = HeldOutSamples,
                EvaluationBatch = 50,
                Checkpoints = Checkpoint is not null,
                CheckpointEvery = CheckpointEvery,
                EpochSamples = data.Count,
                Sparsifier = Sparsifier,
            },
            TopK = TopK,
            Writers = Writers,
            WriterOfShard = s => s % Writers,
            WriterOfBackbone = _ => WriterOfBackbone ?? Writers - 1,
            Policy = Policy ?? new ConstantPolicy(new ConstantPolicy.Settings { Rates = Rates }, Updates),
            Observer = this,
            Checkpoints = Checkpoint is null
                ? null
                : (new CheckpointDirectory(Checkpoint, new CheckpointDirectory.Settings { Keep = 1 }), new CheckpointInfo { Configuration = "", Seed = 3, Versions = new Dictionary<string, string>() }),
        }.Build();
    }
}
