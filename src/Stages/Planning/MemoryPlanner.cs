// Counts the memory of a process of a run from its settings.
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Planning;

/// <summary>
/// Every kind of memory that grows with the classes, the batch or the backbone, as the parts allocate it (docs/class-weights.md, docs/class-graph.md), and what a process has before it
/// trains. Checked by a test against the peak of real runs.
/// </summary>
/// <param name="settings">The run; its layout has numbers, no zeros.</param>
/// <param name="input">A sample.</param>
/// <param name="backbone">The backbone, for its sizes; borrowed.</param>
/// <param name="threads">Threads of an operation.</param>
public sealed class MemoryPlanner(RunSettings settings, SampleShape input, Backbone backbone, int threads)
{
    // .NET, libtorch and Akka, started and warm, with the heaps of their threads; measured by tests/EndToEnd.Tests/PlanTests.
    private const long Process = 200L << 20;
    private const int Float = sizeof(float);

    private readonly List<MemoryItem> _items = [];

    /// <summary>The plan of a process.</summary>
    /// <param name="classes">N.</param>
    /// <param name="share">What stands in the process.</param>
    /// <param name="available">Bytes that there are for it.</param>
    public MemoryPlan Of(long classes, ProcessShare share, long available)
    {
        _items.Clear();
        var local = (long)Math.Ceiling(classes * (double)share.Shards / settings.Layout.Shards);
        AddWeights(local);
        if (settings.ActiveClasses.UsesGraph && (settings.Schedule.Updates == 0 || settings.ActiveClasses.GraphStart < settings.Schedule.Updates))
        {
            AddGraph(classes, local, share.Shards);
        }

        AddStep(classes, share);
        if (settings.ActiveClasses.AuditEvery > 0)
        {
            AddAudits(local, share.Shards);
        }

        AddBackbone(share.Replicas);
        Add("process", Process, ".NET, libtorch, threads", perClass: false);
        return new MemoryPlan(classes, [.. _items], available);
    }

    private void AddWeights(long local)
    {
        var (head, width) = (settings.Head, backbone.Width);
        var element = head.Weights.Type == WeightType.Bf16 ? sizeof(ushort) : Float;
        Add("class weights", local * width * element, $"N/S x {width} x {element}", perClass: true);
        if (head.Update.KeepsMomentum)
        {
            Add("momentum of class weights", local * width * Float, $"N/S x {width} x 4", perClass: true);
        }

        if (head.Update.KeepsAccumulators)
        {
            Add("AdaGrad sums", local * Float, "N/S x 4", perClass: true);
        }

        if (head.Update.MovesIdleRows)
        {
            Add("steps of the rows' last updates", local * sizeof(int), "N/S x 4", perClass: true);
        }
    }

    private void AddGraph(long classes, long local, int shardsHere)
    {
        var active = settings.ActiveClasses;
        var table = classes * active.Neighbours * sizeof(int);
        Add("class graph", settings.Layout.Shards == 1 ? table : ((long)shardsHere * classes * active.Neighbours / 8) + (local * active.Neighbours * sizeof(int)), "N x K x 4, cut by shards", perClass: true);
        Add("marks of the selection", local / 8, "N/S / 8", perClass: true);
        if (active.UsesRegions)
        {
            Add("regions of classes", ClassRegions.BytesFor(classes, local) * (active.GraphDelay > 0 ? 2 : 1), "N + 4 N/S", perClass: true);
        }

        var approximate = ClassGraphs.Resolve(active.Graph, classes) == GraphMethod.Approximate;
        var own = local / shardsHere;
        var build = approximate
            ? ApproximateBytes(classes) - table
            : ExactGraph.BytesFor(classes, backbone.Width, own, active.Neighbours, (long)active.GraphMemoryMib << 20, threads) - (own * active.Neighbours * sizeof(int));
        var kept = approximate && settings.Layout.Shards > 1 ? table : 0;

        // The fullest process has the one builder of the approximate method.
        var builders = approximate ? 1 : shardsHere;
        Add("building the class graph", builders * (build + kept + (classes * Float)), "active-classes.graph-memory-mib bounds it; exact: a builder for each shard", perClass: true);
        var element = settings.Head.Weights.Type == WeightType.Bf16 ? sizeof(ushort) : Float;
        if (active.GraphDelay > 0)
        {
            Add("copy of the rows for a graph in the making", local * backbone.Width * element, $"N/S x {backbone.Width} x {element}", perClass: true);
            Add("class graph that is not used yet", settings.Layout.Shards == 1 ? table : ((long)shardsHere * classes * active.Neighbours / 8) + (local * active.Neighbours * sizeof(int)), "N x K x 4, cut by shards", perClass: true);
        }

        if (settings.Layout.Shards > shardsHere)
        {
            Add("rows of other nodes for the class graph", (classes - local) * backbone.Width * element, "N x D less the own", perClass: true);
        }
    }

    // A builder works on all classes, at most within the user's bound; graph-recall = 0 asks for the least work.
    private long ApproximateBytes(long classes)
    {
        var active = settings.ActiveClasses;
        var graph = new ApproximateGraphSettings { K = active.Neighbours, Memory = (long)active.GraphMemoryMib << 20, TargetRecall = active.GraphRecall, PartsPerClass = active.GraphRecall == 0 ? 2 : 0 };
        return ApproximatePlan.For(classes, backbone.Width, graph, threads).Bytes;
    }

    private void AddStep(long classes, ProcessShare share)
    {
        var (head, active) = (settings.Head, settings.ActiveClasses);
        var batch = (long)settings.Schedule.Batch;
        var all = active.Mode == SelectionMode.All;

        // Active classes that are annealed take the most at one end or the other.
        var most = all ? OfShard(classes, groups: 1) : Math.Max(At(0), At(1));
        Add("step of the head", share.Shards * most, "head.kept-mib, and chunks of every thread", perClass: false);

        long At(double progress)
        {
            var (budget, neighbourShare) = active.At(progress);
            return OfShard(Math.Min(budget, classes), (long)Math.Ceiling(batch / (double)active.GroupOf((int)batch, budget, neighbourShare)));
        }

        long OfShard(long activeClasses, long groups)
        {
            var rows = activeClasses / settings.Layout.Shards;
            var everything = rows * ((groups * backbone.Width) + batch) * Float;
            var bound = groups > 1 ? (rows * batch * Float) + (groups * rows * GroupRows.BytesPerPlace) : Math.Min(everything, (long)head.KeptMib << 20);
            return bound + (3L * threads * Math.Min(head.Chunk, Math.Max(rows, 128)) * (backbone.Width + batch) * Float);
        }
    }

    private void AddAudits(long local, int shardsHere)
    {
        var (active, shards) = (settings.ActiveClasses, settings.Layout.Shards);
        var neighbours = active.UsesGraph ? active.Neighbours : 0;
        var bytes = (shardsHere * AuditMemory.OfShard(active.Audit, settings.Head, local / Math.Max(1, shardsHere), backbone.Width, neighbours, threads))
            + AuditMemory.OfAuditor(active.Audit, neighbours, shards);
        Add("audits", bytes, "sampled rows and their neighbours, chunks of every thread", perClass: false);
    }

    private void AddBackbone(int replicas)
    {
        var microBatch = (long)Math.Ceiling(settings.Schedule.Batch / Math.Max(1.0, settings.Schedule.MicroBatches) / settings.Layout.Replicas);
        Add("backbones", replicas * backbone.ParameterCount * Float * (3L + StatesOfOptimizer()), "weights, gradients, those on their way, state of the optimizer", perClass: false);
        if (settings.Sparsifier.IsOn)
        {
            var largest = backbone.Segments.Max(s => s.ParameterCount);
            Add("gradients not sent yet", replicas * ((3L * backbone.ParameterCount) + largest) * Float, "residual, velocity, gradients of a step that is not decided, and what a segment would become", perClass: false);
        }

        var activations = backbone.Segments.Sum(s => s.OutputShape.Aggregate(1L, (a, b) => a * b)) * Float;
        var evaluation = Math.Max(microBatch * settings.Schedule.InFlight, settings.Schedule.EvaluationBatch);
        Add("activations", replicas * evaluation * activations * 4, "outputs of all segments, what their backward keeps, and gradients", perClass: false);
        var sample = (long)input.Length * Float;
        Add("samples on their way", replicas * (settings.Data.Preprocess.Prefetch + 2) * Math.Max(microBatch, settings.Schedule.EvaluationBatch) * sample * 2, "data.preprocess.prefetch", perClass: false);
    }

    // Values that the optimizer keeps for every parameter. A user's own is taken for one with momentum.
    private int StatesOfOptimizer() => settings.Optimizer.Find("type")?.Text is "adamw" or "lamb" ? 2 : 1;

    private void Add(string name, long bytes, string formula, bool perClass) => _items.Add(new MemoryItem(name, bytes, formula, perClass));
}
