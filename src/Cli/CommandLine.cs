// Parses the arguments, runs the command, and turns what happens into an exit code.
using System.CommandLine;
using System.CommandLine.Invocation;
using XClassFlow.Cli.Commands;
using XClassFlow.Cluster.Membership;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cli;

/// <summary>The command line. One instance runs one command.</summary>
internal sealed class CommandLine(CommandServices services)
{
    /// <returns>The exit code, <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var parse = Root().Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction or null)
        {
            return Report(UsageError(parse));
        }

        // Exceptions and signals are ours: the library would print help and stacks, and end a run two seconds after Ctrl-C.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = services.Out,
            Error = services.Error,
        };
        try
        {
            return await parse.InvokeAsync(configuration, services.Interrupts.Token);
        }
        catch (Exception e) when (Find<UserErrorException>(e) is { } mistake)
        {
            return Report(mistake.Message);
        }
        catch (Exception e) when (Find<RunFailureException>(e) is { } failure)
        {
            await services.Error.WriteLineAsync($"xclassflow: failed: {failure.Message}");
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (services.Interrupts.Token.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (ClusterException e)
        {
            // What happened on another node is known in one line; a stack of this process says nothing about it.
            await services.Error.WriteLineAsync($"xclassflow: failed: {e.Message}");
            return ExitCodes.Failed;
        }
#pragma warning disable CA1031 // The last stop: whatever escapes becomes an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The first line is for people, the stack below it for a report of the fault.
            await services.Error.WriteLineAsync($"xclassflow: failed: {e.Message.ReplaceLineEndings(" ")}");
            await services.Error.WriteLineAsync(e.ToString());
            return ExitCodes.Failed;
        }
    }

    private RootCommand Root() => new("Trains classifiers with millions of classes.")
    {
        TrainCommand.Create(services),
        PlanCommand.Create(services),
        NodeCommand.Create(services),
        ClusterCommand.Create(services),
        EvalCommand.Create(services),
        PredictCommand.Create(services),
        ImportCommand.Create(services),
        GraphCommand.Create(services),
        ReplayCommand.Create(services),
        ReportCommand.Create(services),
        BenchCommand.Create(services),
        ConfigCommand.Create(services),
        VersionCommand.Create(services),
    };

    private int Report(string line)
    {
        services.Error.WriteLine($"xclassflow: {line}");
        return ExitCodes.UserError;
    }

    // The library's own text, except where it leaves the reader to guess.
    private static string UsageError(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var usage = $"see xclassflow {(command is RootCommand ? "" : $"{Path(parse)} ")}--help";
        if (parse.UnmatchedTokens is [var token, ..])
        {
            var isOption = token.StartsWith('-');
            string[] known = isOption
                ? [.. command.Options.SelectMany(o => o.Aliases.Prepend(o.Name)).Where(o => o.StartsWith('-'))]
                : [.. command.Subcommands.Select(c => c.Name)];
            var what = isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            return $"unknown {what} '{token}'; {(known.Length > 0 ? $"{Suggestion.Advice(token, known, what + "s")}; " : "")}{usage}";
        }

        var mistake = parse.Errors is [var error, ..] ? error.Message.ReplaceLineEndings(" ").TrimEnd('.') : "no command";
        return $"{mistake}; {usage}";
    }

    private static string Path(ParseResult parse)
    {
        var names = new List<string>();
        for (var result = parse.CommandResult; result.Command is not RootCommand; result = (System.CommandLine.Parsing.CommandResult)result.Parent!)
        {
            names.Insert(0, result.Command.Name);
        }

        return string.Join(' ', names);
    }

    // A stage or a task may have wrapped it.
    private static T? Find<T>(Exception? e)
        where T : Exception => e switch
    {
        null => null,
        T found => found,
        AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(m => m is not null),
        _ => Find<T>(e.InnerException),
    };
}
