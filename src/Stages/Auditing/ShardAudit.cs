// A shard's part of the audits: what it measures over all its rows before a step's update.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Auditing;

/// <summary>
/// Only reads rows, so a run trains the same with audits and without. An audited step goes: <see cref="Begin"/>, <see cref="MeasureExact"/> and <see cref="MeasureActive"/> with its first
/// micro-batch, <see cref="Compare"/> when the sampled rows of all shards are there; when <see cref="IsComplete"/>, <see cref="End"/>. Between graphs it keeps the sampled rows, R D floats
/// over all shards. R sampled classes, A samples, K neighbours, D width.
/// </summary>
/// <param name="settings">What is measured.</param>
/// <param name="head">How training computes its loss.</param>
/// <param name="classes">N.</param>
/// <param name="neighbours">K.</param>
internal sealed unsafe class ShardAudit(AuditSettings settings, HeadSettings head, long classes, int neighbours) : IDisposable
{
    /// <summary>Sampled classes compared in one pass over the rows, so that what a pass needs stays small.</summary>
    internal const int QueriesAtOnce = 256;

    private readonly SortedDictionary<long, float[]> _references = [];
    private int[] _listedCounts = [];
    private long[] _listed = [];
    private AuditPart? _part;
    private bool _measured;
    private bool _compared;

    /// <summary>Whether the step is audited and everything was measured, or it is not audited.</summary>
    public bool IsComplete => _part is null || (_measured && _compared);

    /// <summary>Keeps the rows that a graph is built from.</summary>
    /// <param name="graphStep">The step before which it is built.</param>
    /// <param name="weights">The shard's rows, caught up.</param>
    /// <param name="classStart">First of them.</param>
    /// <param name="seed">Seed of the run.</param>
    public void Remember(long graphStep, ClassWeights weights, long classStart, ulong seed)
    {
        // Of the graph in use, and of one that waits.
        if (_references.Count > 1)
        {
            _references.Remove(_references.Keys.First());
        }

        _references[graphStep] = UnitRows(weights, Local(Own(graphStep, weights, classStart, seed), classStart));
    }

    /// <summary>Begins a step, which was prepared for; where it is not audited, nothing is measured until the next.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="set">Its active set, with the graph's lists of the sampled classes.</param>
    /// <param name="weights">The shard's rows.</param>
    /// <param name="classStart">First of them.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <returns>The sampled rows of this shard for the others; null where there is no graph to audit.</returns>
    public AuditRows? Begin(StepPlan plan, ActiveSet set, ClassWeights weights, long classStart, ulong seed)
    {
        if (!plan.Audit)
        {
            return null;
        }

        _measured = false;
        (_listedCounts, _listed) = (set.ListedCounts ?? [], set.Listed ?? []);
        _part = new AuditPart(plan.Step, 0, plan.GraphStep, 0, 0, [], [], [], [], [], [], [], RowDrift.None);
        _compared = _part.GraphStep is null;
        if (_part.GraphStep is not { } graphStep)
        {
            return null;
        }

        var own = Own(graphStep, weights, classStart, seed);
        var rows = UnitRows(weights, Local(own, classStart));
        if (_references.TryGetValue(graphStep, out var reference))
        {
            _part = _part with { Drift = RowDrift.Between(reference, rows, weights.Width) };
        }

        return new AuditRows(plan.Step, 0, own, tensor(rows, [own.Length, weights.Width]));
    }

    /// <summary>The softmax statistics of the first samples over all rows: what training with all classes active would have found.</summary>
    /// <param name="weights">The shard's rows.</param>
    /// <param name="classStart">First of them.</param>
    /// <param name="embeddings">float32 [b, D], raw: the step's first micro-batch.</param>
    /// <param name="labels">Classes of its samples.</param>
    public void MeasureExact(ClassWeights weights, long classStart, Tensor embeddings, long[] labels)
    {
        if (_part is null)
        {
            return;
        }

        var samples = Math.Min(settings.Samples, labels.Length);
        using var memory = new StepMemory(weights.Team.Threads);
        using var softmax = new ShardSoftmax(weights, head with { KeptMib = 0 }, ActiveRows.All(classStart, weights.Count), _part.Step, samples, memory);
        var statistics = softmax.Forward(embeddings.narrow(0, 0, samples), labels[..samples], 0).Statistics;
        _part = _part with { Samples = samples, Statistics = statistics.data<float>().ToArray() };
    }

    /// <summary>The loss over the active classes of the same samples.</summary>
    /// <param name="microBatch">Only the first one has those samples.</param>
    /// <param name="reduction">Of the micro-batch, over all shards.</param>
    public void MeasureActive(int microBatch, SoftmaxReduction reduction)
    {
        if (_part is null || microBatch > 0)
        {
            return;
        }

        _part = _part with { ActiveLoss = reduction.First(_part.Samples).LossSum(head.LabelSmoothing) / _part.Samples };
        _measured = true;
    }

    /// <summary>The nearest of this shard's rows to the sampled rows of all shards, and how near those are that the graph lists.</summary>
    /// <param name="parts">Of all shards, in their order.</param>
    /// <param name="weights">The shard's rows.</param>
    /// <param name="classStart">First of them.</param>
    public void Compare(IReadOnlyList<AuditRows> parts, ClassWeights weights, long classStart)
    {
        var queries = parts.SelectMany(p => p.Classes).ToArray();
        var rows = cat([.. parts.Select(p => p.Rows)], 0);
        var cosine = head with { Normalize = true, Scale = 1 };
        var found = queries.Length * Math.Min(neighbours, weights.Count);
        var (best, bestClasses) = (new List<float>(found), new List<long>(found));
        var done = 0;
        foreach (var block in queries.Chunk(QueriesAtOnce))
        {
            using var scope = NewDisposeScope();
            var some = rows.narrow(0, done, block.Length);
            var (scores, nearest, _) = ClassScores.Of(weights, cosine, _part!.Step, classStart, some, Array.ConvertAll(block, _ => -1L), neighbours);
            best.AddRange(scores.data<float>());
            bestClasses.AddRange(nearest.data<long>());
            done += block.Length;
        }

        _part = _part! with
        {
            Classes = queries,
            Best = [.. best],
            BestClasses = [.. bestClasses],
            ListedCounts = _listedCounts,
            Listed = Array.ConvertAll(_listed, row => row + classStart),
            ListedScores = ListedScores(rows, weights),
        };
        _compared = true;
    }

    /// <summary>What was measured, null where the step was not audited; the next step begins anew.</summary>
    public AuditPart? End()
    {
        var part = _part;
        _part = null;
        return part;
    }

    public void Dispose() => _part?.Dispose();

    private float[] ListedScores(Tensor queries, ClassWeights weights)
    {
        var scores = new float[_listed.Length];
        var query = TensorMemory.FloatsOf(queries);
        for (var (q, i) = (0, 0); q < _listedCounts.Length; q++, query += weights.Width)
        {
            fixed (float* unit = UnitRows(weights, _listed[i..(i + _listedCounts[q])]))
            {
                for (var n = 0; n < _listedCounts[q]; n++)
                {
                    scores[i++] = RowKernels.Dot(query, unit + ((long)n * weights.Width), weights.Width);
                }
            }
        }

        return scores;
    }

    private long[] Own(long graphStep, ClassWeights weights, long classStart, ulong seed)
        => [.. AuditSample.Of(classes, settings.Classes, seed, graphStep).Where(c => c >= classStart && c < classStart + weights.Count).Select(c => (long)c)];

    private static long[] Local(long[] own, long classStart) => Array.ConvertAll(own, c => c - classStart);

    private static float[] UnitRows(ClassWeights weights, long[] rows)
    {
        var unit = new float[rows.Length * weights.Width];
        var inverses = new float[rows.Length];
        fixed (float* to = unit, inverse = inverses)
        {
            if (rows.Length > 0)
            {
                weights.Gather(RowSet.Of(rows), to, inverse);
            }
        }

        return unit;
    }
}
