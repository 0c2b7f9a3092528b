using System.Text.RegularExpressions;

namespace ActorStreams.Architecture.Tests;

/// <summary>The arrows between the libraries, each as a sentence.</summary>
public sealed partial class DependencySpec
{
    /// <summary>The namespace of files that several test projects compile.</summary>
    private const string SharedByTests = "ActorStreams.Tests";

    /// <summary>The namespace of everything that users' tests call: they need one using, whatever the folder.</summary>
    private const string OneUsing = "ActorStreams.TestKit";

    [Fact]
    public void Core_refers_to_no_other_library_and_to_no_third_party_package() => RefersOnlyTo("Core", [], []);

    [Fact]
    public void Operators_refer_to_Core_only() => RefersOnlyTo("Operators", ["Core"], []);

    [Fact]
    public void Persistence_refers_to_Core_and_the_two_database_drivers() =>
        RefersOnlyTo("Persistence", ["Core"], ["Microsoft.Data.Sqlite", "SQLitePCLRaw", "Npgsql"]);

    [Fact]
    public void Connectors_refer_to_Core_a_codec_of_Avro_and_checksums_only() =>
        RefersOnlyTo("Connectors", ["Core"], ["Snappier", "System.IO.Hashing"]);

    [Fact]
    public void The_PostgreSQL_connectors_refer_to_Core_and_its_driver() => RefersOnlyTo("Connectors.PostgreSql", ["Core"], ["Npgsql"]);

    [Fact]
    public void Sql_refers_to_Core_Operators_the_connectors_the_stores_and_the_actors_that_run_its_jobs() =>
        RefersOnlyTo("Sql", ["Actors", "Connectors", "Connectors.PostgreSql", "Core", "Operators", "Persistence"], []);

    [Fact]
    public void Actors_refer_to_Core_to_the_stores_of_jobs_without_one_and_to_Akka() =>
        RefersOnlyTo("Actors", ["Core", "Persistence"], ["Akka"]);

    [Fact]
    public void Cluster_refers_to_the_actors_Core_Persistence_and_Akka() =>
        RefersOnlyTo("Cluster", ["Actors", "Core", "Persistence"], ["Akka"]);

    [Fact]
    public void State_in_Akka_Persistence_refers_to_Core_and_Akka() => RefersOnlyTo("Persistence.Akka", ["Core"], ["Akka"]);

    [Fact]
    public void The_connectors_of_Akka_Streams_refer_to_Core_Operators_the_actors_and_Akka() =>
        RefersOnlyTo("Connectors.AkkaStreams", ["Actors", "Core", "Operators"], ["Akka", "Reactive.Streams"]);

    [Fact]
    public void TestKit_refers_to_Core_Operators_and_the_actors_that_it_simulates() =>
        RefersOnlyTo("TestKit", ["Actors", "Core", "Operators"], ["Akka"]);

    [Fact]
    public void Hosting_refers_to_Core_the_actors_the_stores_Akka_and_the_shared_framework() =>
        RefersOnlyTo("Hosting", ["Actors", "Core", "Persistence", "Persistence.Akka"], ["Akka", "Microsoft.Extensions."]);

    [Fact]
    public void Hosting_on_a_cluster_refers_to_Hosting_the_cluster_the_actors_Core_and_Akka() =>
        RefersOnlyTo("Cluster.Hosting", ["Actors", "Cluster", "Core", "Hosting"], ["Akka"]);

    [Fact]
    public void Serving_refers_to_Core_Operators_the_actors_Akka_and_the_shared_framework() =>
        RefersOnlyTo("Serving", ["Actors", "Core", "Operators"], ["Akka", "Microsoft."]);

    [Fact]
    public void The_client_refers_to_no_other_library_and_to_no_package() => RefersOnlyTo("Client", [], []);

    [Fact]
    public void Every_library_has_its_sentence_here()
    {
        string[] known = ["ActorStreams", "Actors", "Client", "Cluster", "Cluster.Hosting", "Connectors", "Connectors.AkkaStreams", "Connectors.PostgreSql", "Core", "Hosting", "Operators", "Persistence", "Persistence.Akka", "Serving", "Sql", "TestKit"];
        Assert.Equal(known, Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        // it has no code
        Assert.Equal(known.Except(["ActorStreams"], StringComparer.Ordinal), Repository.Assemblies.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_namespace_of_every_test_is_its_folder() => Assert.Empty(
        from file in Repository.SourcesOf("tests")
        where NamespaceIn(file) is { } found && found != FolderOf("tests", file) && found != SharedByTests
        select $"{Path.GetRelativePath(Repository.Root, file)}: {NamespaceIn(file)}, not {FolderOf("tests", file)}");

    /// <summary>Three doors: what is typed daily, what authors of operators, sources, sinks and stores need, and the insides, which stand
    /// in the namespace of their folder.</summary>
    [Fact]
    public void What_is_public_stands_in_one_of_two_namespaces_and_what_is_not_in_that_of_its_folder() => Assert.Empty(
        from file in Repository.SourcesOf("src")
        let found = NamespaceIn(file)
        where found is not null && found is not (OneUsing or "ActorStreams" or "ActorStreams.Authoring") && found != FolderOf("src", file)
        select $"{Path.GetRelativePath(Repository.Root, file)}: {found}, not {FolderOf("src", file)}");

    [Fact]
    public void No_public_type_stands_in_the_namespace_of_a_folder() => Assert.Empty(
        from library in Repository.Assemblies.Values
        from type in library.GetExportedTypes()
        where type.Namespace is not ("ActorStreams" or "ActorStreams.Authoring" or OneUsing)
        select type.FullName);

    [Fact]
    public void No_two_public_types_have_one_name() => Assert.Empty(
        from library in Repository.Assemblies.Values
        from type in library.GetExportedTypes()
        where type.DeclaringType is null
        group type by type.Name into same
        where same.Count() > 1
        select string.Join(", ", same.Select(type => type.FullName)));

    /// <summary>Inside such a namespace, and for everyone who imports what is around it, the name would mean the namespace.</summary>
    [Fact]
    public void No_public_type_has_the_name_of_a_namespace_that_users_see()
    {
        string[] names = [.. Repository.Assemblies.Values.SelectMany(library => library.GetExportedTypes()).Select(type => type.Namespace!)
            .Distinct()
            .SelectMany(space => space.Split('.'))];
        Assert.Empty(
            from library in Repository.Assemblies.Values
            from type in library.GetExportedTypes()
            where names.Contains(type.Name.Split('`')[0], StringComparer.Ordinal)
            select type.FullName);
    }

    private static string? NamespaceIn(string file) => Namespace().Match(File.ReadAllText(file)) is { Success: true } found
        ? found.Groups["name"].Value : null;

    private static string FolderOf(string folder, string file)
    {
        string[] parts = Path.GetRelativePath(Repository.PathOf(folder), Path.GetDirectoryName(file)!).Split(Path.DirectorySeparatorChar);
        return string.Join('.', [folder == "tests" ? $"ActorStreams.{parts[0]}.Tests" : $"ActorStreams.{parts[0]}", .. parts.Skip(1)]);
    }

    private static void RefersOnlyTo(string library, string[] libraries, string[] packages)
    {
        string[] wrong = [.. Repository.Assemblies[library].GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => !IsFramework(name)
                && !libraries.Any(allowed => name == $"ActorStreams.{allowed}")
                && !packages.Any(allowed => name.StartsWith(allowed, StringComparison.Ordinal)))];
        Assert.True(wrong.Length == 0, $"{library} refers to {string.Join(", ", wrong)}, which the design does not allow.");
    }

    /// <summary>What comes with the runtime lies in its folder.</summary>
    private static bool IsFramework(string name) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, $"{name}.dll"));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Namespace();
}
