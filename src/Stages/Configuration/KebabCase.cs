// Names in configuration files: MicroBatches is written micro-batches.
using System.Text;

namespace XClassFlow.Stages.Configuration;

/// <summary>The kebab-case form of a .NET name. Runs of capitals are one word: <c>UseTLS</c> is <c>use-tls</c>, <c>KNNGraph</c> is <c>knn-graph</c>.</summary>
public static class KebabCase
{
    public static string Of(string name)
    {
        var kebab = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0 && char.IsUpper(name[i])
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord)
            {
                kebab.Append('-');
            }

            kebab.Append(char.ToLowerInvariant(name[i]));
        }

        return kebab.ToString();
    }
}
