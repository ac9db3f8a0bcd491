// Which characters become classes, and which faces draw their samples.
namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// Of the pictures of a class that are the same to the last pixel one is taken, from the first face that draws it, for training and for testing each. A
/// character is a class where enough families have a picture of their own for training.
/// </summary>
internal sealed class GlyphSelection
{
    private readonly List<GlyphClass> _classes = [];
    private readonly Dictionary<(string Test, string Train), int> _same = [];
    private readonly long[] _taken;
    private readonly long[] _tested;

    /// <param name="faces">Surveyed.</param>
    /// <param name="heldOut">For each face, whether it is for testing.</param>
    /// <param name="characters">How many characters there are.</param>
    /// <param name="minFonts">Families that a class needs.</param>
    /// <param name="limit">Most classes; 0: all.</param>
    public GlyphSelection(IReadOnlyList<FontFace> faces, bool[] heldOut, int characters, int minFonts, int limit)
    {
        _taken = new long[faces.Count];
        _tested = new long[faces.Count];
        for (var character = 0; character < characters && (limit == 0 || _classes.Count < limit); character++)
        {
            var training = new Dictionary<ulong, int>();
            List<int> train = Distinct(faces, heldOut, false, character, training);
            if (train.Count == 0 || train.Select(f => faces[f].Family).Distinct().Count() < minFonts)
            {
                continue;
            }

            List<int> test = Distinct(faces, heldOut, true, character, []);
            train.ForEach(f => _taken[f]++);
            foreach (var face in test)
            {
                _taken[face]++;
                CountSame(faces, face, character, training);
            }

            _classes.Add(new(character, [.. train], [.. test]));
        }
    }

    /// <summary>In the order of their labels.</summary>
    public IReadOnlyList<GlyphClass> Classes => _classes;

    /// <summary>Samples that a face gives.</summary>
    public long TakenFrom(int face) => _taken[face];

    /// <summary>A line for every pair of a held-out and a training family of which a hundredth or more of the test pictures are the same to the last pixel.</summary>
    public IEnumerable<string> Overlaps(IReadOnlyList<FontFace> faces)
    {
        foreach (var ((test, train), count) in _same.OrderBy(s => s.Key.Test, StringComparer.Ordinal).ThenBy(s => s.Key.Train, StringComparer.Ordinal))
        {
            var all = Enumerable.Range(0, faces.Count).Where(f => faces[f].Family == test).Sum(f => _tested[f]);
            if (count * 100L >= all)
            {
                yield return FormattableString.Invariant(
                    $"{count:N0} of {all:N0} test pictures of {test} are also in the training set, from {train}: hold that family out too, or leave it out");
            }
        }
    }

    private static List<int> Distinct(IReadOnlyList<FontFace> faces, bool[] heldOut, bool isTest, int character, Dictionary<ulong, int> seen)
    {
        List<int> chosen = [];
        for (var face = 0; face < faces.Count; face++)
        {
            var picture = heldOut[face] == isTest ? faces[face].PictureOf(character) : 0;
            if (picture != 0 && seen.TryAdd(picture, face))
            {
                chosen.Add(face);
            }
        }

        return chosen;
    }

    private void CountSame(IReadOnlyList<FontFace> faces, int face, int character, Dictionary<ulong, int> training)
    {
        _tested[face]++;
        if (training.TryGetValue(faces[face].PictureOf(character), out var twin))
        {
            var key = (faces[face].Family, faces[twin].Family);
            _same[key] = _same.GetValueOrDefault(key) + 1;
        }
    }
}
