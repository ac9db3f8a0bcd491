// "Did you mean": the known word nearest to a misspelt one.
namespace XClassFlow.Stages.Configuration;

/// <summary>Advice for a name that is not known: the nearest known one by edit distance, and the list.</summary>
public static class Suggestion
{
    /// <summary>The nearest of <paramref name="known"/>, or null where none is near enough to be a slip.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known
            .Select(k => (Word: k, Distance: Distance(word.ToUpperInvariant(), k.ToUpperInvariant())))
            .OrderBy(k => k.Distance)
            .ThenBy(k => k.Word, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, word.Length / 3) ? best.Word : null;
    }

    /// <summary>For the end of a message: <c>did you mean 'x'? known keys: x, y</c>.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">What could have been.</param>
    /// <param name="kind">What they are, in the plural ("keys").</param>
    public static string Advice(string word, IReadOnlyCollection<string> known, string kind)
    {
        var list = known.Count == 0 ? $"there are no {kind} here" : $"known {kind}: {string.Join(", ", known)}";
        return Nearest(word, known) is { } nearest ? $"did you mean '{nearest}'? {list}" : list;
    }

    // Optimal string alignment: a swap of two neighbours, the commonest slip, is one edit.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
