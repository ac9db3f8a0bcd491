// The sharded softmax cross-entropy of one step in which every group of samples has active rows of its own.
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// The formulas are those of <see cref="ShardSoftmax"/>. Groups are small, so their rows are read once for many products of few samples, and a row's dW is summed over the groups that have
/// it just before its update: nothing of the size of all groups' rows is stored but dLoss/dcos, A floats a sample.
/// </summary>
/// <remarks>
/// A group is a number of samples that follow one another in the global batch, whatever the micro-batches: a group that a micro-batch ends in goes on in the next, with the same rows. Groups
/// are worked on at the same time; sums are taken in the order of the groups, so the result does not depend on the number of threads.
/// </remarks>
internal sealed unsafe class GroupedSoftmax : IStepSoftmax
{
    // A chunk's rows and logits stay in the cache of a core.
    private const int Chunk = 512;

    private readonly ClassWeights _weights;
    private readonly HeadSettings _settings;
    private readonly IReadOnlyList<ActiveRows> _sets;
    private readonly int _groupSamples;
    private readonly long _step;
    private readonly int _globalBatch;
    private readonly float _factor;
    private readonly GroupRows _rows;
    private readonly List<SampleGroup>[] _samples;
    private double[] _squares = [];

    /// <param name="weights">The shard's rows; borrowed.</param>
    /// <param name="settings">Head settings.</param>
    /// <param name="sets">Active rows of every group.</param>
    /// <param name="groupSamples">Samples of a group.</param>
    /// <param name="step">The step.</param>
    /// <param name="globalBatch">B, samples of the step over all ranks and micro-batches.</param>
    public GroupedSoftmax(ClassWeights weights, HeadSettings settings, IReadOnlyList<ActiveRows> sets, int groupSamples, long step, int globalBatch)
    {
        (_weights, _settings, _sets, _groupSamples, _step, _globalBatch) = (weights, settings, sets, groupSamples, step, globalBatch);
        _factor = (float)(settings.Scale / globalBatch);
        _rows = new GroupRows(sets);
        _samples = [.. sets.Select(_ => new List<SampleGroup>())];
        weights.Prepare(step);
    }

    public double RowsPerSample
        => _sets.Select((set, i) => (double)set.Count * Math.Min(_groupSamples, _globalBatch - (i * _groupSamples))).Sum() / _globalBatch;

    public long UpdatedRows => _rows.Rows.Count;

    public double SquaredGradient => _squares.Sum();

    public SoftmaxInFlight Forward(Tensor embeddings, long[] labels, int offset)
    {
        var parts = new List<SampleGroup>();
        for (var first = 0; first < labels.Length; first += parts[^1].Samples)
        {
            var group = (offset + first) / _groupSamples;
            var count = Math.Min(labels.Length - first, ((group + 1) * _groupSamples) - offset - first);
            using var part = embeddings.narrow(0, first, count);
            var columns = _sets[group].ColumnsOf(labels[first..(first + count)]);
            var state = new SoftmaxMicroBatch(part, columns, _settings.Normalize, ChunksOf(_sets[group].Count).Count);
            parts.Add(new SampleGroup(_sets[group], state, first));
            _samples[group].Add(parts[^1]);
        }

        var statistics = new SoftmaxStatistics(labels.Length);
        _weights.Team.Run(parts.Count, (i, worker) =>
        {
            ForwardGroup(parts[i], worker);
            statistics.Put(parts[i].First, parts[i].State, parts[i].Active.Weight);
        });
        return new SoftmaxInFlight(statistics.ToTensor(), labels.Length, (logSum, activeWeight) => Backward(parts, labels.Length, logSum, activeWeight));
    }

    public void Update(double rate)
    {
        var chunks = ChunksOf(_rows.Rows.Count);
        _squares = new double[chunks.Count];
        _weights.Team.Run(chunks.Count, (i, worker) => _squares[i] = UpdateRows(chunks[i].Start, chunks[i].Count, rate, worker));
        _weights.EndStep(_step, rate);
    }

    public void LeaveOut() => _weights.LeaveOut(_step);

    public void Dispose()
    {
        foreach (var part in _samples.SelectMany(parts => parts))
        {
            part.Dispose();
        }
    }

    private static List<(int Start, int Count)> ChunksOf(int rows)
    {
        var chunks = new List<(int, int)>();
        for (var start = 0; start < rows; start += Chunk)
        {
            chunks.Add((start, Math.Min(Chunk, rows - start)));
        }

        return chunks;
    }

    private void ForwardGroup(SampleGroup part, int worker)
    {
        var chunks = ChunksOf(part.Active.Count);
        var sums = part.State.Sums = new SoftmaxPartial(part.Samples, part.State.Width);
        for (var chunk = 0; chunk < chunks.Count; chunk++)
        {
            using var scope = NewDisposeScope();
            var (start, count) = chunks[chunk];
            var logits = empty(part.Samples, count, ScalarType.Float32);
            new SoftmaxChunk(_settings, part.Active, part.State, Read(part.Active.Rows.Slice(start, count), worker), start).Add(logits, sums);
            part.State.Keep(chunk, logits, sums.Max);
        }
    }

    private Tensor Backward(List<SampleGroup> parts, int samples, Tensor logSum, Tensor activeWeight)
    {
        var result = zeros(samples, _weights.Width, ScalarType.Float32);
        var gradient = TensorMemory.FloatsOf(result);
        var smoothing = (float)_settings.LabelSmoothing;
        _weights.Team.Run(parts.Count, (i, _) =>
        {
            using var scope = NewDisposeScope();
            var part = parts[i];
            part.State.Reduced(logSum.narrow(0, part.First, part.Samples), activeWeight.narrow(0, part.First, part.Samples));
            part.State.EmbeddingGradient(gradient + ((long)part.First * _weights.Width), _factor, smoothing);
            part.Differentiate(ChunksOf(part.Active.Count), _factor, smoothing);
        });
        return result;
    }

    // Gives the sum of the squares of the gradient.
    private double UpdateRows(int start, int count, double rate, int worker)
    {
        using var scope = NewDisposeScope();
        var tile = Read(_rows.Rows.Slice(start, count), worker);
        var width = _weights.Width;
        var gradients = TensorMemory.FloatsOf(_weights.Memory.Worker(worker).Matrix("gradient", count, width));
        new Span<float>(gradients, count * width).Clear();
        for (var j = 0; j < count; j++)
        {
            var gradient = gradients + ((long)j * width);
            AddGroups(start + j, gradient);
            if (tile.Inverses is not null)
            {
                UpdateKernels.ThroughNormalisation(gradient, TensorMemory.FloatsOf(tile.Unit) + ((long)j * width), TensorMemory.FloatsOf(tile.Inverses)[j], width);
            }
        }

        var squares = RowKernels.SquareLength(gradients, count * width);
        _weights.Apply(tile.Rows, gradients, rate, _step);
        return squares;
    }

    private void AddGroups(int row, float* gradient)
    {
        var (groups, columns) = _rows.PlacesOf(row);
        for (var i = 0; i < groups.Length; i++)
        {
            foreach (var part in _samples[groups.Span[i]])
            {
                var coefficients = part.Coefficients + ((long)columns.Span[i] * part.Samples);
                SoftmaxKernels.AddCombination(gradient, coefficients, part.Embeddings, part.Samples, _weights.Width);
            }
        }
    }

    private SoftmaxTile Read(RowSet rows, int worker) => SoftmaxTile.Read(_weights, rows, _settings.Normalize, _weights.Memory.Worker(worker).Matrix);
}
