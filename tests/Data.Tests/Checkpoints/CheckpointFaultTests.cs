// A disk that fails at any operation, and a disk that is full: the previous checkpoint stays good.
using System.Diagnostics;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class CheckpointFaultTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public void WhateverFailsThePreviousCheckpointIsGood(long secondStep, bool sticky)
    {
        var operations = int.MaxValue;
        for (var failAt = 0; failAt <= operations; failAt++)
        {
            var path = _root[$"runs-{failAt}"];
            Samples.Save(new CheckpointDirectory(path, new() { Keep = 1 }), 1, mark: 1);
            var disk = new FailingFiles(failAt, sticky);
            var directory = new CheckpointDirectory(path, new() { Keep = 1 }, disk);
            try
            {
                Samples.Save(directory, secondStep, mark: 2);
                operations = Math.Min(operations, disk.Operations);
            }
            catch (CheckpointException error)
            {
                Assert.True(disk.HasFailed);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                Assert.IsType<IOException>(error.InnerException);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(path, ".step*").Except(Directory.EnumerateFileSystemEntries(path, "*.replaced")));
            using (var latest = Checkpoint.Open(path))
            {
                Samples.AssertGood(latest.Path, latest.Step);
                Assert.True(disk.HasFailed || latest.Step == secondStep);
            }

            // The disk recovers: the next checkpoint is written as if nothing had been.
            Samples.Save(new CheckpointDirectory(path, new() { Keep = 1 }), 3, mark: 3);
            Assert.Equal([3], CheckpointDirectory.StepsIn(path));
            Assert.Equal(3, Samples.AssertGood(path, 3));
        }

        Assert.InRange(operations, 15, 100);
    }

    [Fact]
    public void AFullFileSystemIsNamedWithTheBytesNeeded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("id", "-u").Output.Trim() == "0", "mounting a small tmpfs needs root on Linux");
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", _root.Path).Exit == 0, "tmpfs mounts are not possible here");
        try
        {
            var directory = new CheckpointDirectory(_root["runs"]);
            Samples.Save(directory, 1);
            using (var writer = directory.Begin(2))
            {
                writer.AddTensors("small.safetensors", null, [Blocks.Floats("a", 1)]);
                var big = TensorBlock.FromArray("weight", ElementType.UInt8, [8 << 20], new byte[8 << 20]);
                var error = Assert.Throws<CheckpointException>(() => writer.AddTensors("big.safetensors", null, [big]));
                Assert.Equal(SafetensorsWriter.Measure(null, [big]), error.NeededBytes);
                Assert.InRange(error.FreeBytes ?? -1, 1, 4 << 20);
                Assert.Contains("big.safetensors", error.Message, StringComparison.Ordinal);
                Assert.Contains($"{error.NeededBytes} bytes", error.Message, StringComparison.Ordinal);
                Assert.Throws<ObjectDisposedException>(() => writer.Commit(Samples.Info()));
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(_root["runs"], ".*.partial"));
            Samples.AssertGood(_root["runs"], 1);
            Samples.Save(directory, 2);
            Samples.AssertGood(_root["runs"], 2);
        }
        finally
        {
            Assert.Equal(0, Run("umount", _root.Path).Exit);
        }
    }

    public void Dispose() => _root.Dispose();

    private static (int Exit, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
