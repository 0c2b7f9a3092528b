using System.Text;

namespace ActorStreams.Core.Pipelines;

/// <summary>Prints plans for people.</summary>
internal static class PlanText
{
    public static string Describe(Plan plan)
    {
        var text = new StringBuilder();
        text.Append($"pipeline {plan.Pipeline.Name}: {plan.Nodes.Count} nodes, {plan.Stages.Count} stages, {plan.Options.Shards} shards\n");
        foreach (StagePlan stage in plan.Stages)
        {
            bool isSource = stage.Nodes[0] is ISourceNode;
            string actors = stage.Parallelism == 1 ? "1 actor" : $"{stage.Parallelism} actors";
            text.Append($"stage {stage.Number}: {actors}{(isSource ? " (at most one per partition)" : "")}\n");
            foreach (StreamNode node in stage.Nodes)
            {
                string from = node.Inputs.Count == 0 ? "" : " <- " + string.Join(", ", node.Inputs.Select(input => input.Name));
                string cut = node.Inputs.Any(input => IsCut(plan, input, node)) ? node.IsKeyed ? " (exchange by shard)" : " (forward)" : "";
                string detail = node.Detail.Length == 0 ? "" : $": {node.Detail}";
                text.Append($"  {node.Name} [{node.Kind}]{from}{cut}{detail}\n");
            }
        }

        return text.ToString();
    }

    public static string Mermaid(Plan plan)
    {
        var text = new StringBuilder("flowchart LR\n");
        foreach (StagePlan stage in plan.Stages)
        {
            text.Append($"  subgraph s{stage.Number}[\"stage {stage.Number} x {stage.Parallelism}\"]\n");
            foreach (StreamNode node in stage.Nodes)
                text.Append($"    {IdOf(plan, node)}[\"{node.Name}<br/>{node.Kind}\"]\n");
            text.Append("  end\n");
        }

        foreach (StreamNode node in plan.Nodes)
        {
            foreach (StreamNode input in node.Inputs.Where(plan.Nodes.Contains))
            {
                string label = IsCut(plan, input, node) && node.IsKeyed ? "|by shard|" : "";
                text.Append($"  {IdOf(plan, input)} -->{label} {IdOf(plan, node)}\n");
            }
        }

        return text.ToString();
    }

    private static bool IsCut(Plan plan, StreamNode input, StreamNode node) => !plan.Nodes.Contains(input)
        || plan.StageOf(input) != plan.StageOf(node);

    private static string IdOf(Plan plan, StreamNode node) => $"n{plan.Nodes.ToList().IndexOf(node)}";
}
