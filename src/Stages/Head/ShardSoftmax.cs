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
internal sealed unsafe class ShardSoftmax : IDisposable
{
    private readonly ClassWeights _weights;
    private readonly HeadSettings _settings;
    private readonly ActiveRows _active;
    private readonly long _step;
    private readonly float _factor;
    private readonly ChunkPlan _plan;
    private readonly SoftmaxTile?[] _tiles;
    private readonly SoftmaxScratch[] _scratch;
    private readonly List<SoftmaxMicroBatch> _done = [];

    /// <param name="weights">The shard's rows; borrowed.</param>
    /// <param name="settings">Head settings.</param>
    /// <param name="active">The step's active rows; taken over.</param>
    /// <param name="step">The step.</param>
    /// <param name="globalBatch">B, samples of the step over all ranks and micro-batches.</param>
    public ShardSoftmax(ClassWeights weights, HeadSettings settings, ActiveRows active, long step, int globalBatch)
    {
        (_weights, _settings, _active, _step) = (weights, settings, active, step);
        _factor = (float)(settings.Scale / globalBatch);
        _plan = new ChunkPlan(active.Count, weights.Width, globalBatch, settings);
        _tiles = new SoftmaxTile?[_plan.Kept];
        _scratch = [.. Enumerable.Range(0, weights.Team.Threads).Select(_ => new SoftmaxScratch())];
        weights.Prepare(step);
    }

    public ActiveRows Active => _active;

    /// <summary>Statistics float32 [4, b] of a micro-batch over this shard's active rows (see SoftmaxPart); the caller owns them and the state.</summary>
    /// <param name="embeddings">float32 [b, D], raw.</param>
    /// <param name="labels">Classes of the samples.</param>
    public (SoftmaxMicroBatch State, Tensor Statistics) Forward(Tensor embeddings, long[] labels)
    {
        var state = new SoftmaxMicroBatch(embeddings, _active.ColumnsOf(labels), _settings.Normalize, _plan.Chunks);
        var parts = new SoftmaxPartial[_plan.Pieces];
        var sums = new SoftmaxPartial(state.Samples, state.Width);
        state.Sums = sums;
        try
        {
            _weights.Team.Run(parts.Length, (piece, worker) => ForwardPiece(parts[piece] = new SoftmaxPartial(state.Samples, state.Width), state, piece, worker));
            Array.ForEach(parts, sums.Add);
        }
        catch
        {
            state.Dispose();
            throw;
        }
        finally
        {
            Array.ForEach(parts, part => part?.Dispose());
        }

        return (state, tensor([.. sums.Max, .. sums.Sum, .. state.Targets, .. sums.Weighted], [4, state.Samples]));
    }

    /// <summary>This shard's part of dLoss/dX, float32 [b, D]; the caller owns it. Forward has done the work.</summary>
    /// <param name="state">What <see cref="Forward"/> gave; stays with this object until the step ends.</param>
    /// <param name="logSum">float32 [b]: log S + m over all shards.</param>
    /// <param name="activeWeight">Classes that all active rows of all shards stand for.</param>
    public Tensor Backward(SoftmaxMicroBatch state, Tensor logSum, double activeWeight)
    {
        _done.Add(state);
        state.Reduced(logSum, activeWeight);
        var sums = state.Sums!;
        var result = zeros(state.Samples, state.Width, ScalarType.Float32);
        var gradient = TensorMemory.FloatsOf(result);
        var attracted = TensorMemory.FloatsOf(sums.Attracted);
        var smoothing = (float)_settings.LabelSmoothing;
        var share = (float)(smoothing / activeWeight);
        fixed (float* targets = state.TargetRows, rows = sums.RowSum)
        {
            for (var i = 0; i < state.Samples; i++)
            {
                var row = gradient + ((long)i * state.Width);
                SoftmaxKernels.AddScaled(row, attracted + ((long)i * state.Width), _factor * MathF.Exp(sums.Max[i] - state.LogSum[i]), state.Width);
                if (state.ColumnOf(i) >= 0)
                {
                    var pull = ((1 - smoothing) * state.Slopes[i]) + (share * (state.Slopes[i] - 1));
                    SoftmaxKernels.AddScaled(row, targets + ((long)i * state.Width), -_factor * pull, state.Width);
                }

                if (smoothing > 0)
                {
                    SoftmaxKernels.AddScaled(row, rows, -_factor * share, state.Width);
                }
            }
        }

        state.ThroughNormalisation(gradient);
        sums.Dispose();
        return result;
    }

    /// <summary>dW of the step from all micro-batches, and the update of the active rows, chunk by chunk.</summary>
    public void Update(double rate)
    {
        _weights.Team.Run(_plan.Chunks, (chunk, worker) => UpdateChunk(chunk, rate, worker));
        _weights.EndStep(_step, rate);
    }

    public void Dispose()
    {
        Array.ForEach(_tiles, tile => tile?.Dispose());
        Array.ForEach(_scratch, scratch => scratch.Dispose());
        foreach (var state in _done)
        {
            state.Dispose();
        }
    }

    private void ForwardPiece(SoftmaxPartial sums, SoftmaxMicroBatch state, int piece, int worker)
    {
        var (first, end) = _plan.Piece(piece);
        for (var chunk = first; chunk < end; chunk++)
        {
            using var scope = NewDisposeScope();
            var (start, count) = _plan.Chunk(chunk);
            var tile = Tile(chunk, worker);
            var kept = chunk < _plan.Kept;
            var logits = kept ? empty(state.Samples, count, ScalarType.Float32) : _scratch[worker].Matrix("logits", state.Samples, count);
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
        var scratch = _scratch[worker];
        var (start, count) = _plan.Chunk(chunk);
        var tile = Tile(chunk, worker);
        var gradient = scratch.Matrix("gradient", count, _weights.Width);
        var address = TensorMemory.FloatsOf(gradient);
        for (var i = 0; i < _done.Count; i++)
        {
            var state = _done[i];
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
        var normalize = _settings.Normalize;
        if (!normalize && _weights.InPlace(rows) is { } stored)
        {
            return new SoftmaxTile(rows, stored, null);
        }

        Tensor Memory(string name, int columns) => chunk < _plan.Kept
            ? empty(count, columns, ScalarType.Float32)
            : _scratch[worker].Matrix(name, count, columns);
        var tile = new SoftmaxTile(rows, Memory("rows", _weights.Width), normalize ? Memory("inverses", 1) : null);
        _weights.Gather(rows, TensorMemory.FloatsOf(tile.Unit), tile.Inverses is null ? null : TensorMemory.FloatsOf(tile.Inverses));
        if (chunk < _plan.Kept)
        {
            _tiles[chunk] = tile.Keep();
        }

        return tile;
    }
}
