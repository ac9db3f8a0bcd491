// File names for edges, whose own names may hold any character.
namespace XClassFlow.Data.Recordings;

/// <summary>EDGE.arrow, with anything but letters, digits, '.', '_' and '-' replaced by '_', and a number where two would collide.</summary>
internal static class EdgeFileNames
{
    /// <summary>One file name per edge, in the same order.</summary>
    /// <exception cref="ArgumentException">Two edges have the same name.</exception>
    public static IEnumerable<string> Of(IReadOnlyList<string> edges)
    {
        if (edges.Distinct().Count() != edges.Count)
        {
            throw new ArgumentException($"edge names must differ: {string.Join(", ", edges)}", nameof(edges));
        }

        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return edges.Select(edge =>
        {
            var plain = new string([.. edge.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '_')]).TrimStart('.');
            var name = plain.Length == 0 ? "edge" : plain;
            var unique = name;
            for (var number = 2; !taken.Add(unique); number++)
            {
                unique = $"{name}-{number}";
            }

            return unique + ".arrow";
        }).ToList();
    }
}
