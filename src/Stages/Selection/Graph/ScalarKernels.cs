// The plain twins of the SIMD kernels: what they must compute.
using System.Runtime.CompilerServices;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Used where there is no SIMD, for the ends of rows, and by tests.</summary>
internal static unsafe class ScalarKernels
{
    /// <summary>bf16 to fp32.</summary>
    public static float Widen(ushort half) => BitConverter.UInt32BitsToSingle((uint)half << 16);

    public static double SquareLength(float* row, int width)
    {
        double total = 0;
        for (var d = 0; d < width; d++)
        {
            total += (double)row[d] * row[d];
        }

        return total;
    }

    public static float Dot(float* query, float* row, int width)
    {
        double total = 0;
        for (var d = 0; d < width; d++)
        {
            total += (double)query[d] * row[d];
        }

        return (float)total;
    }

    /// <summary>The twin of <see cref="ScoreTile"/>, equal to it bit by bit: one fused multiply-add per element, in the order of the elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* queries, float* keys, int width, float* scores)
    {
        for (var q = 0; q < ScoreTile.Queries; q++)
        {
            for (var k = 0; k < ScoreTile.Keys; k++)
            {
                var lane = keys + (k / KeyPanel.Lanes * KeyPanel.Lanes * width) + (k % KeyPanel.Lanes);
                var sum = 0f;
                for (var d = 0; d < width; d++)
                {
                    sum = MathF.FusedMultiplyAdd(queries[(q * width) + d], lane[d * KeyPanel.Lanes], sum);
                }

                scores[(q * ScoreTile.Keys) + k] = sum;
            }
        }
    }
}
