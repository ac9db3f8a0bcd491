// The sharded softmax cross-entropy of one step over one shard's active rows: forward, backward and update, streamed over chunks of rows.
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// One step of one shard. Two passes over the rows: forward (logits, statistics, and dX but for its factors), and the update (dW and the optimizer, which then writes). What the first pass
/// computed is kept for the second as far as <see cref="HeadSettings.KeptMib"/> goes; beyond, logits are computed again, so memory never exceeds weights + state + that + one
/// chunk per thread. b samples of a micro-batch over all ranks, A active rows, C rows of a chunk, D width.
/// </summary>
/// <remarks>
/// Formulas (the same as PartialFC's and Megatron's vocabulary-parallel cross entropy): with m, S, t over all shards,
/// loss = log S + m - t and dz = (exp(z - m)/S - onehot)/B; dW = dz' x stays here, dX = sum over shards of dz W.
/// Rows beyond <see cref="ActiveRows.CertainRows"/> stand for <c>Represents</c> classes each: log(Represents) is added to their logits (sampled softmax).
/// Chunks go to the threads of the weights' team; the order of sums is the plan's (<see cref="ChunkPlan"/>), so the result does not depend on their number.
/// </remarks>
internal sealed unsafe class ShardSoftmax : IStepSoftmax
{
    private readonly ClassWeights _weights;
    private readonly HeadSettings _settings;
    private readonly ActiveRows _active;
    private readonly long _step;
    private readonly float _factor;
    private readonly ChunkPlan _plan;
    private readonly SoftmaxTile?[] _tiles;
    private readonly double[] _squares;
    private readonly int _globalBatch;
    private readonly StepMemory _memory;
    private readonly List<SoftmaxMicroBatch> _states = [];
    private int _forwarded;

    /// <param name="weights">The shard's rows; borrowed.</param>
    /// <param name="settings">Head settings.</param>
    /// <param name="active">The step's active rows; taken over.</param>
    /// <param name="step">The step.</param>
    /// <param name="globalBatch">B, samples of the step over all ranks and micro-batches.</param>
    /// <param name="memory">What it works in, borrowed; null: the weights' own, which the step in flight uses.</param>
    public ShardSoftmax(ClassWeights weights, HeadSettings settings, ActiveRows active, long step, int globalBatch, StepMemory? memory = null)
    {
        (_weights, _settings, _active, _step, _globalBatch) = (weights, settings, active, step, globalBatch);
        _factor = (float)(settings.Scale / globalBatch);
        _plan = new ChunkPlan(active.Count, weights.Width, globalBatch, settings);
        _tiles = new SoftmaxTile?[_plan.Kept];
        _squares = new double[_plan.Chunks];
        _memory = memory ?? weights.Memory;
        _memory.Keep(_plan.Kept, _plan.KeptBytes);
        weights.Prepare(step);
    }

    public double RowsPerSample => _active.Count;

    public long UpdatedRows => _active.Count;

    public double SquaredGradient => _squares.Sum();

    public SoftmaxInFlight Forward(Tensor embeddings, long[] labels, int offset)
    {
        var state = new SoftmaxMicroBatch(embeddings, _active.ColumnsOf(labels), _settings.Normalize, _plan.Chunks);
        _states.Add(state);
        var first = _forwarded;
        _forwarded += state.Samples;
        var parts = new SoftmaxPartial[_plan.Pieces];
        var sums = new SoftmaxPartial(state.Samples, state.Width);
        state.Sums = sums;
        try
        {
            _weights.Team.Run(parts.Length, (piece, worker) => ForwardPiece(parts[piece] = new SoftmaxPartial(state.Samples, state.Width), state, first, piece, worker));
            Array.ForEach(parts, sums.Add);
        }
        finally
        {
            Array.ForEach(parts, part => part?.Dispose());
        }

        var statistics = new SoftmaxStatistics(state.Samples);
        statistics.Put(0, state, _active.Weight);
        return new SoftmaxInFlight(statistics.ToTensor(), state.Samples, (logSum, activeWeight) => Backward(state, logSum, activeWeight));
    }

    public void Update(double rate)
    {
        _weights.Team.Run(_plan.Chunks, (chunk, worker) => UpdateChunk(chunk, rate, worker));
        _weights.EndStep(_step, rate);
    }

    public void LeaveOut() => _weights.LeaveOut(_step);

    public void Dispose()
    {
        Array.ForEach(_tiles, tile => tile?.Dispose());
        foreach (var state in _states)
        {
            state.Dispose();
        }
    }

    // Forward has done the work.
    private Tensor Backward(SoftmaxMicroBatch state, Tensor logSum, Tensor activeWeight)
    {
        state.Reduced(logSum, activeWeight);
        var result = zeros(state.Samples, state.Width, ScalarType.Float32);
        state.EmbeddingGradient(TensorMemory.FloatsOf(result), _factor, (float)_settings.LabelSmoothing);
        return result;
    }

    // The micro-batch's samples begin at first.
    private void ForwardPiece(SoftmaxPartial sums, SoftmaxMicroBatch state, int first, int piece, int worker)
    {
        var (begin, end) = _plan.Piece(piece);
        for (var chunk = begin; chunk < end; chunk++)
        {
            using var scope = NewDisposeScope();
            var (start, count) = _plan.Chunk(chunk);
            var tile = Tile(chunk, worker);
            var kept = chunk < _plan.Kept;
            var logits = kept
                ? _memory.Chunk(chunk).Matrix("exponentials", _globalBatch, count).narrow(0, first, state.Samples)
                : _memory.Worker(worker).Matrix("logits", state.Samples, count);
            new SoftmaxChunk(_settings, _active, state, tile, start).Add(logits, sums);
            if (kept)
            {
                state.Keep(chunk, logits, sums.Max);
            }
        }
    }

    private void UpdateChunk(int chunk, double rate, int worker)
    {
        using var scope = NewDisposeScope();
        var scratch = _memory.Worker(worker);
        var (start, count) = _plan.Chunk(chunk);
        var tile = Tile(chunk, worker);
        var gradient = scratch.Matrix("gradient", count, _weights.Width);
        var address = TensorMemory.FloatsOf(gradient);
        for (var i = 0; i < _states.Count; i++)
        {
            var state = _states[i];
            var part = new SoftmaxChunk(_settings, _active, state, tile, start);
            var kept = state.KeptOf(chunk);
            var probabilities = kept?.Exponentials ?? scratch.Matrix("logits", state.Samples, count);
            if (kept is null)
            {
                part.Recompute(probabilities);
            }

            gradient.addmm_(probabilities.t(), Weighted(state, kept?.Max, scratch), i == 0 ? 0 : 1, 1);
            part.AddTargets(address, _factor);
        }

        if (tile.Inverses is not null)
        {
            var unit = TensorMemory.FloatsOf(tile.Unit);
            var inverses = TensorMemory.FloatsOf(tile.Inverses);
            for (var j = 0L; j < count; j++)
            {
                UpdateKernels.ThroughNormalisation(address + (j * _weights.Width), unit + (j * _weights.Width), inverses[j], _weights.Width);
            }
        }

        _squares[chunk] = Selection.Graph.RowKernels.SquareLength(address, count * _weights.Width);
        _weights.Apply(tile.Rows, address, rate, _step);
    }

    // The embeddings with what is missing to dLoss/dcos: scale / B, and for kept exponentials the maximum they stand on.
    private Tensor Weighted(SoftmaxMicroBatch state, float[]? max, SoftmaxScratch scratch)
    {
        var result = scratch.Matrix("embeddings", state.Samples, state.Width);
        var from = TensorMemory.FloatsOf(state.Embeddings);
        var to = TensorMemory.FloatsOf(result);
        for (var i = 0; i < state.Samples; i++)
        {
            var factor = max is null ? _factor : _factor * MathF.Exp(max[i] - state.LogSum[i]);
            Selection.Graph.RowKernels.Scale(from + ((long)i * state.Width), factor, to + ((long)i * state.Width), state.Width);
        }

        return result;
    }

    private SoftmaxTile Tile(int chunk, int worker)
    {
        if (chunk < _plan.Kept && _tiles[chunk] is { } kept)
        {
            return kept;
        }

        var (start, count) = _plan.Chunk(chunk);
        var rows = _active.Rows.Slice(start, count);
        if (chunk >= _plan.Kept)
        {
            return SoftmaxTile.Read(_weights, rows, _settings.Normalize, _memory.Worker(worker).Matrix);
        }

        return _tiles[chunk] = SoftmaxTile.Read(_weights, rows, _settings.Normalize, _memory.Chunk(chunk).Matrix).Keep();
    }
}
