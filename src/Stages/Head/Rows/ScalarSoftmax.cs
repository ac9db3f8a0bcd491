// The plain twins of the softmax kernels.
namespace XClassFlow.Stages.Head.Rows;

/// <summary>Used for the ends of rows and by tests.</summary>
internal static unsafe class ScalarSoftmax
{
    private const float Lowest = -87f;
    private const float Highest = 88f;

    public static float ExpSum(float* values, int count, float scale, float shift)
    {
        var sum = 0f;
        for (var i = 0; i < count; i++)
        {
            var x = MathF.FusedMultiplyAdd(values[i], scale, shift);
            values[i] = x < Lowest ? 0 : MathF.Exp(MathF.Min(x, Highest));
            sum += values[i];
        }

        return sum;
    }

    public static void AddCombination(float* destination, float* coefficients, float* vectors, int count, int width)
    {
        for (var k = 0; k < count; k++, vectors += width)
        {
            for (var d = 0; d < width; d++)
            {
                destination[d] = MathF.FusedMultiplyAdd(vectors[d], coefficients[k], destination[d]);
            }
        }
    }
}
