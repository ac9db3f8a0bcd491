// Names of classes from a tab-separated file.
using System.Globalization;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Training;

internal static class ClassNames
{
    /// <summary>Reads lines "class TAB name"; a header line, whose first field is no number, is skipped. More fields than two stay in the name.</summary>
    /// <exception cref="UserErrorException">There is no such file, or a line is something else; names the line.</exception>
    public static IReadOnlyDictionary<int, string> Read(string path)
    {
        try
        {
            var names = new Dictionary<int, string>();
            var number = 0;
            foreach (var line in File.ReadLines(path))
            {
                number++;
                var tab = line.IndexOf('\t', StringComparison.Ordinal);
                if (tab > 0 && int.TryParse(line.AsSpan(0, tab), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    names[id] = line[(tab + 1)..].Replace('\t', ' ');
                }
                else if (number > 1 && line.Length > 0)
                {
                    throw new UserErrorException($"line {number} is not 'class TAB name'", path, "write one line per class, such as: 17<TAB>cat");
                }
            }

            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot be read ({e.Message})", path, "name a tab-separated file of class numbers and names", e);
        }
    }
}
