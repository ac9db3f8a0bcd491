// Makes a data set of characters by drawing them with the fonts that are installed: one class per character, one sample per face.
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// Pictures are drawn twice: once to see which are worth learning and which are the same, once to write them; so memory does not grow with their
/// number. Same fonts, same settings: same bytes, whatever the number of cores. Samples are ordered by class, then by face (files by path, faces by number).
/// </summary>
public static class GlyphImporter
{
    private const int ClassesAtOnce = 256;

    /// <exception cref="UserErrorException">A setting is wrong, there are no fonts, or no character is left; nothing is written then.</exception>
    public static ImportResult Import(Settings settings, CancellationToken cancellation = default)
    {
        settings.Validate("");
        settings.Target.Validate("");
        using var survey = new Surveyed(settings, cancellation);
        var classes = survey.Selection.Classes;
        if (classes.Count == 0)
        {
            throw new UserErrorException("no character is left", settings.Target.Out, $"name fonts that have some of the blocks, or a smaller number of fonts than {settings.MinFonts}");
        }

        using var output = new ImportOutput(settings.Target, SampleShape.Image(settings.Size, settings.Size, 1), classes.Count, SampleStorage.RawPixels);
        for (var first = 0; first < classes.Count; first += ClassesAtOnce)
        {
            Write(survey, settings.Size, [.. classes.Skip(first).Take(ClassesAtOnce)], first, output, cancellation);
        }

        var names = classes.Select((c, label) => FormattableString.Invariant(
            $"{label}\t{char.ConvertFromUtf32(survey.Characters[c.Character])}\tU+{survey.Characters[c.Character]:X4}"));
        var result = output.Complete(survey.Fonts.Skipped, names);
        return result with { Warnings = [.. survey.Selection.Overlaps(survey.Faces)] };
    }

    /// <summary>What the fonts hold and what an import with these settings would take from each; writes nothing.</summary>
    /// <exception cref="UserErrorException">A setting is wrong, or there are no fonts.</exception>
    public static FontSurvey List(Settings settings, CancellationToken cancellation = default)
    {
        settings.Validate("");
        using var survey = new Surveyed(settings, cancellation);
        var fonts = survey.Faces.Select((f, i) => new FontSummary(
            f.Path, f.Index, f.Family, f.Style, Enumerable.Range(0, survey.Characters.Count).Count(c => f.PictureOf(c) != 0), survey.Selection.TakenFrom(i), survey.HeldOut[i]));
        return new([.. fonts], survey.Others, survey.Fonts.Skipped, survey.Selection.Classes.Count);
    }

    private static void Write(Surveyed survey, int size, GlyphClass[] classes, int firstLabel, ImportOutput output, CancellationToken cancellation)
    {
        var samples = classes.SelectMany((c, i) => c.Train.Select(f => (Label: firstLabel + i, c.Character, Face: f, IsTest: false))
            .Concat(c.Test.Select(f => (Label: firstLabel + i, c.Character, Face: f, IsTest: true)))).ToArray();
        var length = size * size;
        var pixels = new byte[samples.Length * length];

        // By face, so that a thread stays with one font.
        var work = samples.Select((s, i) => (Sample: s, Place: i)).GroupBy(s => s.Sample.Face).ToArray();
        Parallel.ForEach(
            work, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, () => new GlyphPainter(size),
            (ofFace, _, painter) =>
            {
                var face = survey.Faces[ofFace.Key];
                using var font = GlyphPainter.FontOf(face.Outlines.Typeface);
                foreach (var (sample, place) in ofFace)
                {
                    painter.TryPaint(font, face.Glyphs[sample.Character], pixels.AsSpan(place * length, length));
                }

                return painter;
            },
            painter => painter.Dispose());
        for (var i = 0; i < samples.Length; i++)
        {
            output.Add(samples[i].Label, pixels.AsSpan(i * length, length), samples[i].IsTest);
        }
    }

    private sealed class Surveyed : IDisposable
    {
        public Surveyed(Settings settings, CancellationToken cancellation)
        {
            Characters = CharacterBlocks.Expand(settings.Blocks, "blocks");
            Fonts = new FontCollection(FontFiles.Find(settings.Fonts, "fonts"), Characters);
            try
            {
                // Names are looked for among fonts that have some of the characters: others are of no meaning here.
                Faces = FontFamilies.Without([.. Fonts.Faces.Where(f => f.Glyphs.Any(g => g != 0))], settings.LeaveOut, "leave-out");
                Others = Fonts.Faces.Count(f => f.Glyphs.All(g => g == 0));
                HeldOut = FontFamilies.HeldOut(Faces, settings.HoldOut, "hold-out");
                FontCollection.Survey(Faces, settings.Size, cancellation);
                Selection = new GlyphSelection(Faces, HeldOut, Characters.Count, settings.MinFonts, settings.Limit);
            }
            catch
            {
                Fonts.Dispose();
                throw;
            }
        }

        public IReadOnlyList<int> Characters { get; }

        public FontCollection Fonts { get; }

        public IReadOnlyList<FontFace> Faces { get; }

        /// <summary>Faces without any of the characters.</summary>
        public int Others { get; }

        public bool[] HeldOut { get; }

        public GlyphSelection Selection { get; }

        public void Dispose() => Fonts.Dispose();
    }

    /// <summary>Which characters of which fonts, and how they are drawn.</summary>
    public sealed record Settings
    {
        /// <summary>Font files and folders of them; empty: where the system keeps its fonts.</summary>
        public IReadOnlyList<string> Fonts { get; init; } = [];

        /// <summary>Parts of the names of families that are kept for testing; empty: no test set.</summary>
        public IReadOnlyList<string> HoldOut { get; init; } = [];

        /// <summary>Parts of the names of families that are not used at all.</summary>
        public IReadOnlyList<string> LeaveOut { get; init; } = [];

        /// <summary>Blocks of characters: names of <see cref="CharacterBlocks"/>, or ranges such as 4E00-9FFF.</summary>
        public IReadOnlyList<string> Blocks { get; init; } = ["unified", "ext-a"];

        /// <summary>Where to write, of no meaning for a list; <see cref="ImportTarget.OwnTest"/> says whether there is a test set.</summary>
        public ImportTarget Target { get; init; } = new("");

        /// <summary>Height and width of a picture.</summary>
        public int Size { get; init; } = 32;

        /// <summary>Families with a picture of their own that a class needs for training.</summary>
        public int MinFonts { get; init; } = 1;

        /// <summary>Most classes, from the lowest code point; 0: all.</summary>
        public int Limit { get; init; }

        /// <exception cref="UserErrorException">A value is missing or out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "size", Size, 8, 512);
            SettingsCheck.Within(path, "min-fonts", MinFonts, 1, 10_000);
            SettingsCheck.Within(path, "limit", Limit, 0, int.MaxValue);
        }
    }
}
