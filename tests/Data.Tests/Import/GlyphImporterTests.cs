// Fonts as data: classes, held-out families, what is not worth learning, and the same bytes every time.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Import.Glyphs;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Import;

public sealed class GlyphImporterTests : IDisposable
{
    private static readonly (int X, int Y, int Width, int Height) Bar = (100, 400, 800, 100), Pole = (450, 0, 100, 900), Dot = (400, 400, 200, 200);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void CharactersAreClassesAndFacesAreSamples()
    {
        Put("a.ttf", new TinyFont("Plain").Add(0x4E00, Bar).Add(0x4E2D, Pole).Add(0x4E36, Dot));
        Put("b.ttf", new TinyFont("Other").Add(0x4E00, (100, 400, 800, 200)).Add(0x4E36, (300, 300, 400, 400)));
        Put("c.ttf", new TinyFont("Held").Add(0x4E2D, (440, 0, 120, 900)).Add(0x4E3F, Pole));
        var result = GlyphImporter.Import(Settings("held"), TestContext.Current.CancellationToken);

        Assert.Equal((5L, 1L, 3L, SampleShape.Image(32, 32, 1)), (result.Samples, result.TestSamples, result.Classes, result.Shape));
        Assert.Equal(["0\t\u4E00\tU+4E00", "1\t\u4E2D\tU+4E2D", "2\t\u4E36\tU+4E36"], File.ReadAllLines(_folder.File("out.classes.tsv")));
        Assert.Equal(["out.arrow", "out.classes.tsv", "out.test.arrow"], _folder.Names());
        using var train = ArrowDataSet.Open(_folder.File("out.arrow"));
        using var test = ArrowDataSet.Open(_folder.File("out.test.arrow"));
        Assert.Equal([0L, 0, 1, 2, 2], Enumerable.Range(0, 5).Select(i => train.LabelOf(i)));
        Assert.Equal((1L, 3L, 1L), (test.Count, test.Classes, test.LabelOf(0)));

        // 800 units of 1,000 are 24 of 32 pixels where the em has 30: columns 4 to 27; 100 units are 3 rows about the middle.
        var bar = Pixels(train, 0);
        Assert.Equal((255, 0, 0), (bar[(16 * 32) + 16], bar[(16 * 32) + 2], bar[(12 * 32) + 16]));
        Assert.InRange(bar.Sum(p => p / 255.0), 70, 74);
    }

    [Fact]
    public void WhatSaysNothingIsLeftOut()
    {
        // Blank, the missing character's box, a box drawn anew, and a stand-in that nine characters share.
        var font = new TinyFont("Plain").Add(0x4E00, Bar).Add(0x4E01).Add(0x4E02, (40, 40, 900, 900)).Alias(0x4E03, 0).Add(0x4E10, Dot);
        for (var c = 0x4E11; c < 0x4E19; c++)
        {
            font.Alias(c, 0x4E10);
        }

        Put("a.ttf", font);
        var (fonts, _, skipped, classes) = GlyphImporter.List(Settings(), TestContext.Current.CancellationToken);
        Assert.Empty(skipped);
        Assert.Equal((1, 1, 1L, "Plain", "400"), (classes, fonts.Single().Characters, fonts.Single().Samples, fonts.Single().Family, fonts.Single().Style));
    }

    [Fact]
    public void TheSamePictureIsTakenOnceAndSeenInTheTestSet()
    {
        Put("a.ttf", new TinyFont("Plain").Add(0x4E00, Bar).Add(0x4E2D, Pole));
        Put("b.ttf", new TinyFont("Copy", 700).Add(0x4E00, Bar).Add(0x4E2D, (440, 0, 130, 900)));
        Put("c.ttf", new TinyFont("Held").Add(0x4E00, Bar).Add(0x4E2D, Dot));
        var result = GlyphImporter.Import(Settings("Held"), TestContext.Current.CancellationToken);
        Assert.Equal((3L, 2L, 2L), (result.Samples, result.TestSamples, result.Classes));
        Assert.Equal(["1 of 2 test pictures of Held are also in the training set, from Plain: hold that family out too, or leave it out"], result.Warnings);

        Assert.Equal(1, GlyphImporter.List(Settings("Held") with { MinFonts = 2 }, TestContext.Current.CancellationToken).Classes);
        Assert.Equal(1, GlyphImporter.List(Settings("Held") with { Limit = 1 }, TestContext.Current.CancellationToken).Classes);
        Assert.Equal(0, GlyphImporter.List(Settings("Held") with { MinFonts = 3 }, TestContext.Current.CancellationToken).Classes);
    }

    [Fact]
    public void AFamilyIsHeldOutInAllWeightsAndFaces()
    {
        File.WriteAllBytes(Path.Combine(_folder.Folder("fonts"), "a.ttc"), TinyFont.Collection(new TinyFont("One").Add(0x4E00, Bar), new TinyFont("Two").Add(0x4E00, Dot)));
        Put("b.ttf", new TinyFont("Two", 900).Add(0x4E00, Pole));
        var (fonts, _, skipped, _) = GlyphImporter.List(Settings("two"), TestContext.Current.CancellationToken);
        Assert.Empty(skipped);
        Assert.Equal([("One", "400", 0, false), ("Two", "400", 1, true), ("Two", "900", 0, true)], fonts.Select(f => (f.Family, f.Style, f.Face, f.IsTest)));

        var left = GlyphImporter.List(Settings() with { LeaveOut = ["two"] }, TestContext.Current.CancellationToken);
        Assert.Equal(["One"], left.Fonts.Select(f => f.Family));
        Put("c.ttf", new TinyFont("Three").Add(0x41, Bar));
        left = GlyphImporter.List(Settings(), TestContext.Current.CancellationToken);
        Assert.Equal((3, 1), (left.Fonts.Count, left.Others));
    }

    [Fact]
    public void TheSameFontsGiveTheSameBytes()
    {
        Put("a.ttf", Many("Plain", 0));
        Put("b.ttf", Many("Other", 30));
        Put("c.ttf", Many("Held", 50));
        GlyphImporter.Import(Settings("Held"), TestContext.Current.CancellationToken);
        string[] names = ["out.arrow", "out.test.arrow", "out.classes.tsv"];
        var first = names.Select(n => File.ReadAllBytes(_folder.File(n))).ToArray();
        Assert.Equal(600, File.ReadAllLines(_folder.File("out.classes.tsv")).Length);
        GlyphImporter.Import(Settings("Held"), TestContext.Current.CancellationToken);
        Assert.Equal(first, names.Select(n => File.ReadAllBytes(_folder.File(n))));
    }

    [Fact]
    public void ACancelledImportLeavesNothing()
    {
        Put("a.ttf", Many("Plain", 0));
        Assert.ThrowsAny<OperationCanceledException>(() => GlyphImporter.Import(Settings(), new CancellationToken(true)));
        Assert.Equal([], _folder.Names());
    }

    [Fact]
    public void RealChineseFontsAreDrawn()
    {
        var places = FontFiles.DefaultFolders();
        Assert.SkipWhen(places.Count == 0, "no folder of fonts on this machine");
        var settings = Settings() with { Fonts = places, Blocks = ["4E00-4E1F"] };
        var (fonts, _, _, classes) = GlyphImporter.List(settings, TestContext.Current.CancellationToken);
        Assert.SkipWhen(!fonts.Any(f => f.Characters > 20), "no font with Chinese characters is installed (on Debian: apt-get install fonts-droid-fallback)");
        var result = GlyphImporter.Import(settings, TestContext.Current.CancellationToken);
        Assert.Equal((classes, fonts.Sum(f => f.Samples)), (result.Classes, result.Samples));
        using var set = ArrowDataSet.Open(_folder.File("out.arrow"));

        // U+4E00, the figure one, is a bar: ink across the middle, paper above and below, in every font.
        for (var i = 0; i < set.Count && set.LabelOf(i) == 0; i++)
        {
            var bar = Pixels(set, i);
            Assert.True(bar.AsSpan(14 * 32, 4 * 32).ContainsAnyExcept((byte)0));
            Assert.False(bar.AsSpan(0, 8 * 32).ContainsAnyExcept((byte)0));
            Assert.False(bar.AsSpan(24 * 32).ContainsAnyExcept((byte)0));
        }
    }

    private static byte[] Pixels(ArrowDataSet set, long sample)
    {
        var pixels = new byte[set.Shape.Length];
        set.ReadPixels(sample, pixels);
        return pixels;
    }

    private static TinyFont Many(string family, int shift)
    {
        var font = new TinyFont(family);
        for (var i = 0; i < 600; i++)
        {
            font.Add(0x4E00 + i, (0, 0, 100 + i, 50 + shift), (0, 200, 100, 100 + i));
        }

        return font;
    }

    private GlyphImporter.Settings Settings(params string[] heldOut) => new()
    {
        Fonts = [_folder.Folder("fonts")],
        HoldOut = heldOut,
        Target = new(_folder.File("out.arrow")) { OwnTest = heldOut.Length > 0 },
    };

    private void Put(string name, TinyFont font) => File.WriteAllBytes(Path.Combine(_folder.Folder("fonts"), name), font.Build());
}
