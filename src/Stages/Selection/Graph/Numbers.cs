// Runs of consecutive numbers.
namespace XClassFlow.Stages.Selection.Graph;

internal static class Numbers
{
    /// <summary>first, first + 1, ...</summary>
    public static int[] Range(long first, int count)
    {
        var numbers = new int[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = (int)(first + i);
        }

        return numbers;
    }
}
