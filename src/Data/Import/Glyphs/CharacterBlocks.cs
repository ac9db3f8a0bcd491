// Names of blocks of characters, and the code points they stand for.
using System.Globalization;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>Han characters by Unicode block (Blocks.txt, Unicode 16), or any range written in hexadecimal.</summary>
public static class CharacterBlocks
{
    private static readonly (string Name, int First, int Last)[] Known =
    [
        ("unified", 0x4E00, 0x9FFF), ("ext-a", 0x3400, 0x4DBF), ("ext-b", 0x20000, 0x2A6DF), ("ext-c", 0x2A700, 0x2B73F), ("ext-d", 0x2B740, 0x2B81F),
        ("ext-e", 0x2B820, 0x2CEAF), ("ext-f", 0x2CEB0, 0x2EBEF), ("ext-g", 0x30000, 0x3134F), ("ext-h", 0x31350, 0x323AF), ("ext-i", 0x2EBF0, 0x2EE5F),
        ("compatibility", 0xF900, 0xFAFF),
    ];

    /// <summary>The named blocks' code points, each once, ascending.</summary>
    /// <param name="blocks">Names, or ranges such as 4E00-9FFF.</param>
    /// <param name="key">The setting to name in an error.</param>
    /// <exception cref="UserErrorException">A block is not known, a range is none, or the list is empty.</exception>
    public static IReadOnlyList<int> Expand(IReadOnlyList<string> blocks, string key)
    {
        if (blocks.Count == 0)
        {
            throw new UserErrorException("no block is named", key, "name at least one, such as unified");
        }

        return [.. blocks.SelectMany(b => Characters(b, key)).Distinct().Order()];
    }

    private static IEnumerable<int> Characters(string block, string key)
    {
        var (_, first, last) = Array.Find(Known, k => string.Equals(k.Name, block, StringComparison.OrdinalIgnoreCase));
        if (first == 0 && !TryRange(block, out first, out last))
        {
            throw new UserErrorException(
                $"'{block}' is no block of characters", key, $"write {string.Join(", ", Known.Select(k => k.Name))}, or a range such as 4E00-9FFF (up to 10FFFF)");
        }

        // Surrogates are no characters, and no font can have them.
        return Enumerable.Range(first, last - first + 1).Where(c => c is < 0xD800 or > 0xDFFF);
    }

    private static bool TryRange(string text, out int first, out int last)
    {
        first = last = 0;
        return text.Split('-') is [var low, var high]
            && int.TryParse(low, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out first)
            && int.TryParse(high, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out last)
            && first > 0x20 && first <= last && last <= 0x10FFFF;
    }
}
