// Inner products of 8 queries with 32 keys, in registers.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// The inner loop of every search. Each product is one chain of fused multiply-adds in the order of the elements, so all paths and the scalar twin give the same bits, and a pair has one score
/// whichever of the two is the query.
/// </summary>
internal static unsafe class ScoreTile
{
    public const int Queries = 8;
    public const int Keys = 2 * KeyPanel.Lanes;

    /// <param name="queries">float32 [8, D].</param>
    /// <param name="keys">Two groups of a <see cref="KeyPanel"/>.</param>
    /// <param name="width">D.</param>
    /// <param name="scores">float32 [8, 32]; written.</param>
    public static void Compute(float* queries, float* keys, int width, float* scores)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Wide(queries, keys, width, scores);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            for (var key = 0; key < Keys; key += KeyPanel.Lanes)
            {
                Narrow(queries, keys + (key * width), width, scores + key);
                Narrow(queries + (4 * width), keys + (key * width), width, scores + (4 * Keys) + key);
            }
        }
        else
        {
            ScalarKernels.Tile(queries, keys, width, scores);
        }
    }

    // 16 accumulators of 16 lanes: 32 registers hold them, two keys and the query's element.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Wide(float* q, float* keys, int width, float* scores)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        var second = keys + (KeyPanel.Lanes * width);
        for (var d = 0; d < width; d++, q++)
        {
            var a = Vector512.Load(keys + (d * KeyPanel.Lanes));
            var b = Vector512.Load(second + (d * KeyPanel.Lanes));
            var x = Vector512.Create(q[0]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(x, a, a0), Vector512.FusedMultiplyAdd(x, b, b0));
            x = Vector512.Create(q[width]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(x, a, a1), Vector512.FusedMultiplyAdd(x, b, b1));
            x = Vector512.Create(q[2 * width]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(x, a, a2), Vector512.FusedMultiplyAdd(x, b, b2));
            x = Vector512.Create(q[3 * width]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(x, a, a3), Vector512.FusedMultiplyAdd(x, b, b3));
            x = Vector512.Create(q[4 * width]);
            (a4, b4) = (Vector512.FusedMultiplyAdd(x, a, a4), Vector512.FusedMultiplyAdd(x, b, b4));
            x = Vector512.Create(q[5 * width]);
            (a5, b5) = (Vector512.FusedMultiplyAdd(x, a, a5), Vector512.FusedMultiplyAdd(x, b, b5));
            x = Vector512.Create(q[6 * width]);
            (a6, b6) = (Vector512.FusedMultiplyAdd(x, a, a6), Vector512.FusedMultiplyAdd(x, b, b6));
            x = Vector512.Create(q[7 * width]);
            (a7, b7) = (Vector512.FusedMultiplyAdd(x, a, a7), Vector512.FusedMultiplyAdd(x, b, b7));
        }

        Put(scores, a0, b0);
        Put(scores + Keys, a1, b1);
        Put(scores + (2 * Keys), a2, b2);
        Put(scores + (3 * Keys), a3, b3);
        Put(scores + (4 * Keys), a4, b4);
        Put(scores + (5 * Keys), a5, b5);
        Put(scores + (6 * Keys), a6, b6);
        Put(scores + (7 * Keys), a7, b7);
    }

    // 4 queries by 16 keys: 8 accumulators of 8 lanes, which is what 16 registers can feed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow(float* q, float* keys, int width, float* scores)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
        for (var d = 0; d < width; d++, q++, keys += KeyPanel.Lanes)
        {
            var a = Vector256.Load(keys);
            var b = Vector256.Load(keys + 8);
            var x = Vector256.Create(q[0]);
            (a0, b0) = (Vector256.FusedMultiplyAdd(x, a, a0), Vector256.FusedMultiplyAdd(x, b, b0));
            x = Vector256.Create(q[width]);
            (a1, b1) = (Vector256.FusedMultiplyAdd(x, a, a1), Vector256.FusedMultiplyAdd(x, b, b1));
            x = Vector256.Create(q[2 * width]);
            (a2, b2) = (Vector256.FusedMultiplyAdd(x, a, a2), Vector256.FusedMultiplyAdd(x, b, b2));
            x = Vector256.Create(q[3 * width]);
            (a3, b3) = (Vector256.FusedMultiplyAdd(x, a, a3), Vector256.FusedMultiplyAdd(x, b, b3));
        }

        Put(scores, a0, b0);
        Put(scores + Keys, a1, b1);
        Put(scores + (2 * Keys), a2, b2);
        Put(scores + (3 * Keys), a3, b3);
    }

    private static void Put(float* scores, Vector512<float> first, Vector512<float> second)
    {
        first.Store(scores);
        second.Store(scores + KeyPanel.Lanes);
    }

    private static void Put(float* scores, Vector256<float> first, Vector256<float> second)
    {
        first.Store(scores);
        second.Store(scores + 8);
    }
}
