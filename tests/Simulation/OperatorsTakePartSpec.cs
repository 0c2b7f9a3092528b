using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>What no scenario uses is simulated by nobody.</summary>
[Trait("Issue", "D8")]
public sealed class OperatorsTakePartSpec
{
    private const string NodeType = "ActorStreams.Core.Pipelines.StreamNode";

    private static readonly Assembly[] s_product = [typeof(Pipeline).Assembly, typeof(WindowKinds).Assembly];

    [Fact]
    public void Every_operator_takes_part_in_a_scenario()
    {
        HashSet<Type> used = [.. Scenario.All.SelectMany(NodesOf)];

        // What is skipped goes to the dead letters by nodes that a plan adds by itself: SkippedPayments has such rows.
        used.UnionWith(typeof(Pipeline).Assembly.GetTypes().Where(type => type.Name is "SkippedRows" or "DeadLetterNode"));
        Assert.Equal(NotSimulatedYet.Nodes, s_product.SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.IsAbstract && IsNode(type) && !used.Contains(type)).Select(type => type.Name)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_window_frame_and_trigger_takes_part_in_a_scenario()
    {
        HashSet<string> called = [.. Calls()];

        Assert.Empty(new[] { typeof(WindowKinds), typeof(Frames), typeof(TriggerKinds) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName).Select(method => $"{method.DeclaringType!.FullName}.{method.Name}").Distinct()
                .Except(called));
    }

    [Fact]
    public void Every_scenario_has_a_seed_in_the_first_run() =>
        Assert.True(SimulationSpec.SeedsByDefault >= 10 * Scenario.All.Count, $"{Scenario.All.Count} scenarios");

    private static IEnumerable<Type> NodesOf(Scenario scenario)
    {
        Pipeline pipeline = Pipeline.Create("simulated");
        scenario.Build(pipeline, new SimulatedWorld(1, new VirtualClock(), FaultPlan.None()));
        var nodes = (System.Collections.IEnumerable)typeof(Pipeline).GetProperty("Nodes",
            BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(pipeline)!;
        return nodes.Cast<object>().Select(node => node.GetType())
            .Select(type => type.IsGenericType ? type.GetGenericTypeDefinition() : type);
    }

    private static bool IsNode(Type? type) => type is not null && (type.FullName == NodeType || IsNode(type.BaseType));

    /// <summary>The static methods that code of this assembly calls, as its own metadata lists them.</summary>
    private static IEnumerable<string> Calls()
    {
        using var file = new PEReader(File.OpenRead(typeof(OperatorsTakePartSpec).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference)
                continue;
            TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            yield return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
        }
    }
}
