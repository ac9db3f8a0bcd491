// xclassflow import glyphs
using System.CommandLine;
using System.Globalization;
using XClassFlow.Data.Import.Glyphs;

namespace XClassFlow.Cli.Commands;

internal static class ImportGlyphsCommand
{
    private const int DefaultSize = 32;

    public static Command Create(CommandServices services)
    {
        var output = CommonOptions.Optional("--out", "FILE.arrow", "The Arrow file to write.");
        var testOut = CommonOptions.Optional("--test-out", "FILE", "Where the pictures of held-out fonts go (FILE.test.arrow).");
        var fonts = Several("--fonts", "PATH", "Font files, or folders of them (where the system keeps its fonts).");
        var holdOut = Several("--hold-out", "NAME", "Families kept for tests: all whose name contains NAME.");
        var leaveOut = Several("--leave-out", "NAME", "Families that are not used: all whose name contains NAME.");
        var blocks = Several("--blocks", "BLOCK", "Characters: unified, ext-a to ext-i, compatibility, or a range such as 4E00-9FFF (unified ext-a).");
        var size = CommonOptions.Count("--size", "N", "Height and width of a picture (32).");
        var minFonts = CommonOptions.Count("--min-fonts", "N", "Families that a character needs for training (1).");
        var limit = CommonOptions.Count("--limit", "N", "At most so many classes, from the lowest code point.");
        var list = new Option<bool>("--list") { Description = "Shows what fonts there are and what would be taken from each; writes nothing." };
        var command = new Command("glyphs", "Draws the characters of installed fonts.") { output, testOut, fonts, holdOut, leaveOut, blocks, size, minFonts, limit, list };
        command.Validators.Add(result =>
        {
            if (result.GetResult(list) is null && result.GetResult(output) is null)
            {
                result.AddError("neither --out nor --list: say where to write");
            }

            if (result.GetResult(testOut) is not null && result.GetResult(holdOut) is null)
            {
                result.AddError("--test-out without --hold-out: say which fonts are held out");
            }
        });
        command.SetAction(async (parse, stop) =>
        {
            var isTested = parse.GetValue(holdOut)!.Length > 0;
            var file = parse.GetValue(output) ?? string.Empty;
            var named = parse.GetValue(blocks)!;
            var options = new ImportGlyphsOptions(
                file, isTested ? parse.GetValue(testOut) ?? Path.ChangeExtension(file, ".test.arrow") : null, parse.GetValue(fonts)!, parse.GetValue(holdOut)!,
                parse.GetValue(leaveOut)!, named.Length > 0 ? named : ["unified", "ext-a"], parse.GetValue(size) ?? DefaultSize, parse.GetValue(minFonts) ?? 1, parse.GetValue(limit));
            return parse.GetValue(list)
                ? await ListAsync(services, await services.Imports.ListFontsAsync(options, stop))
                : await ImportCommand.SayAsync(services, file, options.TestOut, await services.Imports.ImportGlyphsAsync(options, stop));
        });
        return command;
    }

    private static async Task<int> ListAsync(CommandServices services, FontSurvey list)
    {
        await services.Out.WriteLineAsync("characters\tsamples\tset\tfont\tfile");
        foreach (var font in list.Fonts)
        {
            await services.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{font.Characters}\t{font.Samples}\t{(font.IsTest ? "test" : "train")}\t{font.Family} {font.Style}\t{font.Path}:{font.Face}"));
        }

        var rest = list.Others == 0 ? "" : $"; {list.Others} more faces have none of the characters";
        await services.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{list.Classes:N0} classes{rest}"));
        return ExitCodes.Done;
    }

    private static Option<string[]> Several(string name, string value, string description) => new(name)
    {
        HelpName = value,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
}
