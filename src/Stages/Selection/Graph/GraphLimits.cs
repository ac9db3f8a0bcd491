// What a class graph may be asked for.
using System.Globalization;
using XClassFlow.Data;

namespace XClassFlow.Stages.Selection.Graph;

internal static class GraphLimits
{
    /// <exception cref="UserErrorException">K is no number of neighbours for N classes.</exception>
    public static void CheckK(int k, long classes)
    {
        if (k < 1 || k > classes)
        {
            throw new UserErrorException($"k = {k} neighbours, the class itself included, of {classes} classes", "class graph", $"use 1 to {Math.Min(classes, 4096)}");
        }
    }

    /// <summary>The error of a bound that is too small.</summary>
    public static UserErrorException TooLittle(long memory, long needed, long classes, int k) => new(
        $"a graph of {classes.ToString("N0", CultureInfo.InvariantCulture)} classes with k = {k} needs {MiB(needed)} beyond the rows, the bound is {MiB(memory)}",
        "class graph",
        "allow more memory, or use a smaller k");

    private static string MiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, bytes) / 1048576.0:N0} MiB");
}
