// Names of the files of a checkpoint that hold what ranks have not sent yet.
using System.Globalization;

namespace XClassFlow.Stages.Sparsification;

/// <summary>One file per rank: <c>residual-00000-of-00002.safetensors</c>, with <c>residual.S</c> and <c>velocity.S</c> of segment S, float32 [n].</summary>
public static class ResidualFile
{
    private const string Prefix = "residual-";
    private const string Suffix = ".safetensors";

    public static string NameOf(int rank, int ranks) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{rank:00000}-of-{ranks:00000}{Suffix}");

    /// <summary>How many ranks wrote a checkpoint's residuals; 0: it holds none.</summary>
    /// <param name="files">The checkpoint's files.</param>
    public static int RanksIn(IEnumerable<string> files)
    {
        var name = files.FirstOrDefault(f => f.StartsWith(Prefix, StringComparison.Ordinal) && f.EndsWith(Suffix, StringComparison.Ordinal));
        return name is null ? 0 : int.Parse(name[(name.LastIndexOf('-') + 1)..^Suffix.Length], CultureInfo.InvariantCulture);
    }
}
