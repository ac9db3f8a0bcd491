// Cut and flipped font files, byte by byte, and what a user names by mistake.
using XClassFlow.Data.Import.Glyphs;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Import;

public sealed class DamagedFontTests : IDisposable
{
    private static readonly byte[] Whole = new TinyFont("Plain").Add(0x4E00, (100, 400, 800, 100)).Add(0x4E2D, (450, 0, 100, 900), (0, 0, 20, 20)).Build();

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryCutIsToldOrHarmless()
    {
        // The last table is that of names, and without it FreeType is content: those cuts say where the table ends.
        for (var length = 0; length < Whole.Length - 3; length++)
        {
            var survey = List(Whole[..length]);
            Assert.Empty(survey.Fonts);
            Assert.NotEqual("", Assert.Single(survey.Skipped).Reason);
        }

        Assert.Equal("the file is empty", List([]).Skipped.Single().Reason);
        Assert.Contains("(cut off?)", List(Whole[..(Whole.Length - 8)]).Skipped.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFlippedByteIsToldOrHarmless()
    {
        for (var place = 0; place < Whole.Length; place++)
        {
            foreach (var mask in new byte[] { 0xFF, 0x01, 0x80 })
            {
                var flipped = (byte[])Whole.Clone();
                flipped[place] ^= mask;
                var survey = List(flipped);
                Assert.True(survey.Fonts.Count + survey.Others + survey.Skipped.Count == 1, $"byte {place}");
            }
        }
    }

    [Theory]
    [InlineData(".ttf")]
    [InlineData(".ttc")]
    public void DamagedRealFontsDoNotEndTheProcess(string extension)
    {
        var real = FontFiles.DefaultFolders().Take(1).SelectMany(f => FontFiles.Find([f], "")).Where(f => Path.GetExtension(f) == extension)
            .OrderBy(f => new FileInfo(f).Length).FirstOrDefault();
        Assert.SkipWhen(real is null, $"no {extension} font is installed");
        var whole = File.ReadAllBytes(real!);
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var damaged = round % 4 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            for (var i = 0; i < 200 && damaged.Length > 0; i++)
            {
                // Two thirds of the damage to the first kilobytes, where the structure is.
                damaged[random.Next(i % 3 == 0 ? damaged.Length : Math.Min(damaged.Length, 4096))] ^= (byte)(1 << random.Next(8));
            }

            List(damaged, "0041-005A", "4E00-4E2F");
        }

        Assert.NotEmpty(List(whole, "0041-005A").Fonts);
    }

    [Fact]
    public void GarbageBesideAGoodFontIsListed()
    {
        File.WriteAllBytes(Path.Combine(_folder.Folder("fonts"), "a.ttf"), Whole);
        File.WriteAllText(Path.Combine(_folder.Folder("fonts"), "b.otf"), "<html>not found, and long enough</html>");
        var result = GlyphImporter.Import(Settings(), TestContext.Current.CancellationToken);
        Assert.Equal((2L, "b.otf", "this is not a TrueType or OpenType font"), (result.Samples, Path.GetFileName(result.Skipped.Single().Path), result.Skipped[0].Reason));
    }

    [Fact]
    public void MistakesAreOneLine()
    {
        Says("there is no font file in", Settings() with { Fonts = [_folder.Folder("empty")] });
        Says("there is no file or folder 'nowhere'", Settings() with { Fonts = ["nowhere"] });
        File.WriteAllBytes(Path.Combine(_folder.Folder("fonts"), "a.ttf"), Whole);
        Says("no font has 'Kai' in its family's name", Settings() with { HoldOut = ["Kai"] });
        Says("no font has 'Kai' in its family's name", Settings() with { LeaveOut = ["Kai"] });
        Says("every font is left out", Settings() with { LeaveOut = ["plain"] });
        Says("every font is held out", Settings() with { HoldOut = ["plain"] });
        Says("'han' is no block of characters", Settings() with { Blocks = ["han"] });
        Says("'9FFF-4E00' is no block of characters", Settings() with { Blocks = ["9FFF-4E00"] });
        Says("no character is left", Settings() with { MinFonts = 2 });
        Says("no character is left", Settings() with { Blocks = ["3400-3401"] });
        Says("7 is out of range", Settings() with { Size = 7 });
        Says("no file is named", Settings() with { Target = new("") });
        Assert.Equal([], _folder.Names());
    }

    private void Says(string start, GlyphImporter.Settings settings) => Assert.Contains(
        start, Assert.Throws<UserErrorException>(() => GlyphImporter.Import(settings, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    private FontSurvey List(byte[] font, params string[] blocks)
    {
        File.WriteAllBytes(Path.Combine(_folder.Folder("fonts"), "a.ttf"), font);
        return GlyphImporter.List(
            Settings() with { Blocks = blocks.Length > 0 ? blocks : ["4E00-4E3F"], Size = 16 }, TestContext.Current.CancellationToken);
    }

    private GlyphImporter.Settings Settings() => new() { Fonts = [_folder.Folder("fonts")], Target = new(_folder.File("out.arrow")) };
}
