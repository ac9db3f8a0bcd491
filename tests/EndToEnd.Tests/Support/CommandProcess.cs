// A running xclassflow, with its output as something to wait for.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace XClassFlow.EndToEnd.Tests.Support;

/// <summary>One process of the command. Disposing kills it. Thread-safe.</summary>
internal sealed partial class CommandProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSource();
    private int _open = 2;

    private CommandProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    public int Id => _process.Id;

    /// <summary>Everything written so far, stdout and stderr.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts the command.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="folder">Working directory.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="prefix">A command that runs it, such as "ip netns exec NAME"; empty: none.</param>
    public static CommandProcess Start(string name, string folder, IReadOnlyList<string> arguments, params IReadOnlyList<string> prefix)
    {
        string[] line = [.. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "xclassflow.dll"), .. arguments];
        var start = new ProcessStartInfo(line[0]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in line.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // Several processes share two cores: small heaps and no spinning.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = new Process { StartInfo = start };
        var command = new CommandProcess(name, process);
        process.OutputDataReceived += (_, e) => command.Add(e.Data);
        process.ErrorDataReceived += (_, e) => command.Add(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return command;
    }

    /// <summary>Waits for a line that was or will be written.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="matches">Recognises it.</param>
    /// <param name="limit">How long.</param>
    public async Task<string> LineAsync(string what, Func<string, bool> matches, TimeSpan limit)
    {
        var seen = 0;
        using var time = new CancellationTokenSource(limit);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (matches(_lines[seen]))
                    {
                        return _lines[seen];
                    }
                }

                if (_open == 0)
                {
                    throw new InvalidOperationException($"{Name} ended without {what}; {Tail()}");
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(time.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{Name}: {what} did not come within {limit.TotalSeconds:0} s; {Tail()}");
            }
        }
    }

    /// <summary>Waits for the first line of progress at or beyond a step.</summary>
    public Task<string> StepAsync(long step, TimeSpan limit) => LineAsync($"step {step}", line => StepOf(line) >= step, limit);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(time.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not end within {limit.TotalSeconds:0} s; {Tail()}");
        }
    }

    /// <summary>SIGKILL, SIGSTOP, SIGCONT, SIGINT...</summary>
    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>The last lines, for messages.</summary>
    public string Tail() => $"last lines: {string.Join(" | ", Lines.TakeLast(12))}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static long StepOf(string line)
        => line.StartsWith("step ", StringComparison.Ordinal) && line.IndexOf('/', StringComparison.Ordinal) is > 5 and var slash
            && long.TryParse(line.AsSpan(5, slash - 5), NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var step) ? step : -1;

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private void Add(string? line)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (line is null)
            {
                _open--;
            }
            else
            {
                _lines.Add(line);
            }

            changed = _changed;
            _changed = NewSource();
        }

        changed.SetResult();
    }
}
