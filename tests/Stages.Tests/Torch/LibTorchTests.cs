// The loader: what it finds, what it says when it finds nothing usable, and that it never touches the package's files.
using System.Diagnostics;
using XClassFlow.Data;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Torch;

[Collection(AloneTests.Name)]
public sealed class LibTorchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-loader-").FullName;

    [Fact]
    public void Is_idempotent_and_says_what_it_loaded_in_one_line()
    {
        var first = LibTorch.EnsureLoaded();
        Assert.Equal(first, LibTorch.EnsureLoaded());
        Assert.Equal(first, LibTorch.EnsureLoaded(first.Folder));
        var line = first.ToString();
        Assert.Contains(first.Folder, line, StringComparison.Ordinal);
        Assert.Contains("TorchSharp 0.107.0", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task Threads_that_start_at_once_get_the_same()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => LibTorch.EnsureLoaded())));
        Assert.Single(all.Distinct());
    }

    [Fact]
    public void Another_folder_after_loading_is_refused()
    {
        File.WriteAllText(Path.Combine(folder, LibTorchFolder.MainLibrary), "garbage");
        var error = Assert.Throws<UserErrorException>(() => LibTorch.EnsureLoaded(folder));
        Assert.Contains("is loaded already", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lib")]
    [InlineData("torch/lib")]
    [InlineData("libtorch/lib")]
    public void Finds_libtorch_below_the_roots_of_installs(string below)
    {
        var lib = Path.GetFullPath(Path.Combine(folder, below)).TrimEnd('/');
        Directory.CreateDirectory(lib);
        File.WriteAllText(Path.Combine(lib, LibTorchFolder.MainLibrary), "");
        Assert.Equal(lib, LibTorchFolder.Find(folder, null, []).Path.TrimEnd('/'));
        Assert.Equal("environment", LibTorchFolder.Find(null, folder, []).Origin);
    }

    [Fact]
    public void The_argument_wins_over_the_environment_and_that_over_the_package()
    {
        var folders = new[] { "a", "b", "c" }.Select(n => Directory.CreateDirectory(Path.Combine(folder, n)).FullName).ToArray();
        foreach (var f in folders)
        {
            File.WriteAllText(Path.Combine(f, LibTorchFolder.MainLibrary), "");
        }

        Assert.Equal(folders[0], LibTorchFolder.Find(folders[0], folders[1], [folders[2]]).Path);
        Assert.Equal(folders[1], LibTorchFolder.Find(null, folders[1], [folders[2]]).Path);
        Assert.Equal(folders[2], LibTorchFolder.Find("", "", [folder, folders[2]]).Path);
        Assert.Throws<UserErrorException>(() => LibTorchFolder.Find(null, null, [folder]));
    }

    [Fact]
    public void Reads_the_version_that_an_install_states()
    {
        var lib = Directory.CreateDirectory(Path.Combine(folder, "torch", "lib")).FullName;
        File.WriteAllText(Path.Combine(lib, LibTorchFolder.MainLibrary), "");
        var found = LibTorchFolder.Find(folder, null, []);
        Assert.Equal("unknown", found.Version("x"));
        File.WriteAllText(Path.Combine(folder, "torch", "version.py"), "from typing import Optional\n__version__ = '2.10.0+cu128'\n");
        Assert.Equal("2.10.0+cu128", found.Version("x"));
        File.WriteAllText(Path.Combine(folder, "torch", "build-version"), "2.10.0+cpu\n");
        Assert.Equal("2.10.0+cpu", found.Version("x"));
    }

    [Fact]
    public void The_adjusted_copy_is_made_once_repaired_when_damaged_and_the_source_is_left_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux needs it");
        var source = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        var before = File.ReadAllBytes(source);
        string[] versions = ["GLIBCXX_3.4.32"];

        var copies = Enumerable.Range(0, 4).AsParallel().Select(_ => AdjustedLibrary.For(source, versions, folder)).Distinct().ToArray();

        var copy = Assert.Single(copies);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(copy)!));
        Assert.Equal(before, File.ReadAllBytes(source));
        var written = File.GetLastWriteTimeUtc(copy);
        Assert.Equal(copy, AdjustedLibrary.For(source, versions, folder));
        Assert.Equal(written, File.GetLastWriteTimeUtc(copy));
        var good = File.ReadAllBytes(copy);
        File.WriteAllText(copy, "damaged");
        AdjustedLibrary.For(source, versions, folder);
        Assert.Equal(good, File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_library_that_really_needs_the_version_is_refused_in_one_line()
    {
        var source = Path.Combine(folder, "liba.so");
        File.WriteAllBytes(source, TinyElf.Build("called"));
        var error = Assert.Throws<UserErrorException>(() => AdjustedLibrary.For(source, [TinyElf.Loosened], folder));
        Assert.Contains("called really needs LIB_2.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_process_loads_the_bundled_libtorch_by_name_and_at_first_use()
    {
        var (code, output, _) = await ChildAsync("-", null);
        Assert.Equal(0, code);
        Assert.Contains("(bundled)", output, StringComparison.Ordinal);
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        (code, output, _) = await ChildAsync("lazy", null);
        Assert.Equal(0, code);
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_empty_or_missing_folder_is_one_line(bool exists)
    {
        var named = exists ? folder : Path.Combine(folder, "missing");
        foreach (var (child, variable) in new (string, string?)[] { ("-", named), (named, null) })
        {
            var (code, output, error) = await ChildAsync(child, variable);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains($"'{named}' holds no libtorch_cpu.so", Assert.Single(Lines(error)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_libtorch_of_another_processor_is_one_line()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF");
        await File.WriteAllBytesAsync(Path.Combine(folder, "libtorch_cpu.so"), ElfArchitectureTests.Header(machine: 21, order: 1));
        var (code, output, error) = await ChildAsync("-", folder);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("libtorch_cpu.so: it was made for Ppc64le, this process is ", Assert.Single(Lines(error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_is_one_line()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "libtorch_cpu.so"), new string('x', 10_000));
        var (code, output, error) = await ChildAsync("-", folder);
        Assert.Equal((2, ""), (code, output));
        var line = Assert.Single(Lines(error));
        Assert.Contains(folder, line, StringComparison.Ordinal);
        Assert.Contains("invalid ELF header", line, StringComparison.Ordinal);
        Assert.Contains("XCLASSFLOW_LIBTORCH", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_libtorch_elsewhere_is_the_only_one_in_the_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links and /proc");

        // Another folder with other files (other inodes), as an install has: links would be the same files to the loader.
        var bundled = LibTorch.EnsureLoaded().Folder;
        foreach (var name in Directory.GetFiles(bundled).Select(f => Path.GetFileName(f)).Where(f => f.StartsWith("libc10", StringComparison.Ordinal) || f.StartsWith("libgomp", StringComparison.Ordinal) || f is "libtorch.so" or "libtorch_cpu.so"))
        {
            File.Copy(Path.Combine(bundled, name), Path.Combine(folder, name));
        }

        var (code, output, error) = await ChildAsync("-", folder);

        Assert.True(code == 0, error);
        Assert.Contains($"from {folder} (environment)", output, StringComparison.Ordinal);
        Assert.Contains("libraries 1", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(int Code, string Output, string Error)> ChildAsync(string child, string? variable)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(LibTorchTests).Assembly.Location);
        }

        start.Environment[StartUp.ChildVariable] = child;
        start.Environment.Remove(LibTorchFolder.Variable);
        if (variable is not null)
        {
            start.Environment[LibTorchFolder.Variable] = variable;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }
}
