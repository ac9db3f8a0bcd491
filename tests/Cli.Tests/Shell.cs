// Real processes of the command, started by a shell.
using System.Diagnostics;

namespace XClassFlow.Cli.Tests;

internal static class Shell
{
    /// <summary>How the command is started.</summary>
    public static string Command { get; } = $"dotnet {Path.Combine(AppContext.BaseDirectory, "xclassflow.dll")}";

    /// <summary>Runs a script to its end.</summary>
    public static async Task<(int Code, string[] Output, string[] Error)> RunAsync(string script)
    {
        using var process = Start(script);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await EndAsync(process);
        return (process.ExitCode, Lines(await output), Lines(await error));
    }

    /// <summary>Starts a script; its streams are read by the caller.</summary>
    public static Process Start(string script)
        => Process.Start(new ProcessStartInfo("sh") { ArgumentList = { "-c", script }, RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Waits for the end.</summary>
    public static async Task EndAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("the command did not end in two minutes");
        }
    }

    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
