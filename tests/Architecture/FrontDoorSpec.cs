using System.Reflection;

namespace ActorStreams.Architecture.Tests;

/// <summary>What a newcomer types first, and what else is in sight then.</summary>
public sealed class FrontDoorSpec
{
    /// <summary>What a project has without saying so: the SDK of consoles and workers, and that of web applications.</summary>
    private static readonly string[] s_implicit =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
            "Microsoft.AspNetCore.Routing",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting",
            "Microsoft.Extensions.Logging",
    ];

    [Theory]
    [InlineData("examples")]
    [InlineData("README.md")]
    [InlineData("docs/getting-started.md")]
    public void One_using_of_ours_is_enough(string where)
    {
        // two examples have a source of their own: its author goes through the second door
        IEnumerable<string> files = Directory.Exists(Repository.PathOf(where))
            ? Repository.SourcesOf(where).Where(file => Path.GetFileName(file) is not ("StandardInput.cs" or "ReadingSource.cs"))
            : [Repository.PathOf(where)];
        Assert.DoesNotContain(
            files.SelectMany(File.ReadLines),
            line => line.StartsWith("using ActorStreams", StringComparison.Ordinal) && line != "using ActorStreams;");
    }

    [Fact]
    public void One_package_is_enough_for_an_example_without_a_database() =>
        Assert.All(["Earthquakes", "FailedLogins", "Aftershocks"], example =>
            Assert.Equal("../../src/ActorStreams/ActorStreams.csproj",
                Assert.Single(References(Repository.Read("examples", example, $"{example}.csproj")))));

    [Fact]
    public void No_type_of_ours_clashes_with_one_that_a_project_sees_by_itself()
    {
        string[] ours = [.. Repository.Assemblies.Values.SelectMany(library => library.GetExportedTypes())
            .Where(type => type.Namespace == "ActorStreams" && type.DeclaringType is null).Select(type => type.Name)];
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<string> folders = Directory.GetDirectories(Path.Combine(framework, "..", "..", "Microsoft.AspNetCore.App"))
            .Append(framework);
        Assert.Empty(
            from file in folders.SelectMany(folder => Directory.GetFiles(folder, "*.dll"))
            where Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(file)
                .StartsWith("Microsoft.", StringComparison.Ordinal)
            from type in ExportedBy(file)
            where s_implicit.Contains(type.Namespace, StringComparer.Ordinal) && ours.Contains(type.Name, StringComparer.Ordinal)
            select type.FullName);
    }

    private static IEnumerable<string> References(string project) =>
        project.Split('\n').Where(line => line.Contains("ProjectReference", StringComparison.Ordinal)).Select(line => line.Split('"')[1]);

    private static Type[] ExportedBy(string file)
    {
        try
        {
            return Assembly.LoadFrom(file).GetExportedTypes();
        }
        catch (Exception error) when (error is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException)
        {
            return [];     // native code, or a part of a framework that stands elsewhere
        }
    }
}
