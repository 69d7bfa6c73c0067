(* Almost sure collapse with the normal law as a measure on the real line, for every sample size.

   observation t i     observation i of fit t + 1: the mean of fit t plus its standard deviation times a normal draw
   sample_mean t       the mean of the n observations

   Assumes: standard normal draws, every two of them independent of each other and of the standard deviation of the fit that
     they are drawn from; any start and any means; a divisor n - ddof of the variance with ddof at most one, so fits of
     maximum likelihood (ddof 0) and unbiased variances (ddof 1).
   Leaves out: sample sizes that change.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import mathcomp_extra interval interval_inference reals ereal classical_sets boolp functions sequences.
From mathcomp Require Import topology normedtype numfun measure measurable_realfun lebesgue_measure lebesgue_integral probability.
From Collapse Require Import AlmostSurely NormalMeasure.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Sample.
Variable R : realType.

(* The sum of squares about the mean of the data, by how far the data are apart. *)
Lemma scatter_pairs n (m s : R) (z : 'I_n -> R) : (0 < n)%N ->
  \sum_i (m + s * z i - (\sum_j (m + s * z j)) / n%:R) ^+ 2 =
  s ^+ 2 * (\sum_i \sum_j (z i - z j) ^+ 2) / (2 * n%:R).
Proof.
move=> n0; have nn : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
pose a := \sum_i z i; pose b := \sum_i z i ^+ 2.
have -> : \sum_j (m + s * z j) = n%:R * m + s * a.
  by rewrite big_split /= sumr_const card_ord -mulr_sumr mulr_natl.
have -> : \sum_i \sum_j (z i - z j) ^+ 2 = 2 * (n%:R * b - a ^+ 2).
  rewrite (eq_bigr (fun i => n%:R * z i ^+ 2 + (- 2 * a) * z i + b)).
    rewrite !big_split /= -!mulr_sumr sumr_const card_ord -/a -/b -mulr_natl; ring.
  move=> i _; rewrite (eq_bigr (fun j => z i ^+ 2 + ((- 2 * z i) * z j + z j ^+ 2))); last by move=> j _; ring.
  rewrite !big_split /= sumr_const card_ord -mulr_sumr -/a -/b -mulr_natl; ring.
rewrite (eq_bigr (fun i => s ^+ 2 * z i ^+ 2 + ((- 2 * s ^+ 2 * a / n%:R) * z i + s ^+ 2 * a ^+ 2 / n%:R ^+ 2))).
  have last : \sum_(i < n) (s ^+ 2 * a ^+ 2 / n%:R ^+ 2) = n%:R * (s ^+ 2 * a ^+ 2 / n%:R ^+ 2).
    by rewrite sumr_const card_ord mulr_natl.
  by rewrite !big_split /= last -!mulr_sumr -/a -/b; field.
by move=> i _; field.
Qed.

Lemma pairs_constant n (c : R) : \sum_(k : 'I_n * 'I_n) (if k.1 == k.2 then 0 else c) = n%:R * (n%:R - 1) * c.
Proof.
rewrite -(pair_bigA _ (fun i j : 'I_n => if i == j then 0 else c)) /=.
rewrite (eq_bigr (fun=> n%:R * c - c)); first by rewrite sumr_const card_ord -mulr_natl; ring.
move=> i _; rewrite (eq_bigr (fun j => c - (if i == j then c else 0))); last first.
  by move=> j _; case: ifP; rewrite ?subrr ?subr0.
rewrite sumrB sumr_const card_ord mulr_natl (bigD1 i)//= eqxx big1 ?addr0// => j ji.
by rewrite eq_sym (negbTE ji).
Qed.

(* A square root is below its tangent, and farther below it away from one. *)
Lemma below_tangent (s q h : R) : 0 <= s -> 0 <= q -> (h = 0) \/ (h = 1 /\ 4 <= q) ->
  s * Num.sqrt q + s * h / 2 <= s / 2 + s * q / 2.
Proof.
move=> s0 q0 cases; have r0 := sqrtr_ge0 q; rewrite -{2}(sqr_sqrtr q0).
suff step : Num.sqrt q + h / 2 <= 1 / 2 + Num.sqrt q ^+ 2 / 2.
  have := ler_wpM2l s0 step; rewrite !mulrDr !mulrA mulr1; lra.
case: cases => [->|[-> q4]]; first by have := sqr_ge0 (Num.sqrt q - 1); rewrite sqrrB1 mul0r; lra.
have r2 : 2 <= Num.sqrt q.
  by rewrite -(@ler_pXn2r _ 2)// ?nnegrE// sqr_sqrtr//; lra.
have : 0 <= Num.sqrt q * (Num.sqrt q - 2) by rewrite mulr_ge0// subr_ge0.
by rewrite mulrBr -expr2; lra.
Qed.

End Sample.

Section Independent.
Local Open Scope ereal_scope.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variables (S X Y : {RV P >-> R}).
Local Notation N := (@normal_prob R 0 1).
Hypothesis S_ge0 : forall x, (0 <= S x)%R.
Hypothesis independent : forall A B, measurable A -> measurable B ->
  P ((S @^-1` A) `&` [set x | B (X x, Y x)]) = P (S @^-1` A) * (N \x N) B.

(* The mean of a product with a function of the two draws is the product of the means. *)
Lemma product_mean (g : R * R -> R) : measurable_fun setT g -> (forall p, 0 <= g p)%R ->
  \int[P]_x (S x * g (X x, Y x))%:E = \int[P]_x (S x)%:E * \int[N \x N]_p (g p)%:E.
Proof.
move=> mg g0; pose F (q : R * (R * R)) : \bar R := (`|q.1| * g q.2)%:E.
pose W (x : T) : R * (R * R) := (S x, (X x, Y x)).
have mW : measurable_fun setT W by apply: measurable_fun_prod => //; exact: measurable_fun_prod.
have mF : measurable_fun setT F.
  apply/measurable_EFinP; apply: measurable_funM.
    by apply: measurableT_comp; [exact: normr_measurable|exact: measurable_fst].
  by apply: measurableT_comp => //; exact: measurable_snd.
have F0 q : 0 <= F q by rewrite lee_fin mulr_ge0.
have mgE : measurable_fun setT (EFin \o g) by exact/measurable_EFinP.
(* The type of two draws as the normal measure knows it. *)
pose R2 : measurableType _ := (measurableTypeR R * measurableTypeR R)%type.
have mW2 : @measurable_fun _ _ T (R * R2)%type setT W := mW.
pose V : {RV P >-> (R * R2)%type} := @mfun_Sub _ _ T (R * R2)%type W (mem_set mW2).
transitivity (\int[distribution P V]_q F q).
  by rewrite ge0_integral_distribution//; apply: eq_integral => x _; rewrite /F /= ger0_norm.
transitivity (\int[distribution P S \x (N \x N)]_q F q).
  have same := @product_measure_unique _ _ _ _ R (distribution P S) (N \x N) (distribution P V)
    (fun B C mB mC => independent mB mC).
  by apply: eq_measure_integral => A mA _; rewrite -same.
rewrite (@fubini_tonelli1 _ _ _ _ R (distribution P S) (N \x N) F mF F0).
have k0 : 0 <= \int[N \x N]_p (g p)%:E by apply: integral_ge0 => p _; rewrite lee_fin.
transitivity (\int[distribution P S]_v (`|v|%:E * \int[N \x N]_p (g p)%:E)).
  apply: eq_integral => v _; rewrite /fubini_F -ge0_integralZl//.
  by move=> p _; rewrite lee_fin.
rewrite ge0_integral_distribution//=; last 2 first.
- apply: emeasurable_funM; last exact: measurable_cst.
  by apply/measurable_EFinP; exact: normr_measurable.
- by move=> y; rewrite mule_ge0.
rewrite ge0_integralZr//.
- by congr (_ * _); apply: eq_integral => x _; rewrite ger0_norm.
by apply/measurable_EFinP; apply: measurableT_comp => //; exact: normr_measurable.
Qed.

End Independent.

Section Loop.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variables (n : nat) (ddof sigma : R).
Variables (M : nat -> T -> R) (S : nat -> {RV P >-> R}) (Z : nat -> 'I_n -> {RV P >-> R}).
Hypothesis n_gt1 : (1 < n)%N.
Hypothesis ddof_le1 : ddof <= 1.
Hypothesis sigma_ge0 : 0 <= sigma.
Hypothesis first_fit : forall x, S 0 x = sigma.

Definition observation t i x : R := M t x + S t x * Z t i x.

Definition sample_mean t x : R := (\sum_i observation t i x) / n%:R.

Hypothesis next_fit : forall t x,
  S t.+1 x = Num.sqrt ((\sum_i (observation t i x - sample_mean t x) ^+ 2) / (n%:R - ddof)).

Local Open Scope ereal_scope.
Local Notation N := (@normal_prob R 0 1).

(* Two draws are standard normal and independent of each other and of the standard deviation of the fit that they are drawn from. *)
Hypothesis independent_normal : forall t i j A B, i != j -> measurable A -> measurable B ->
  P ((S t @^-1` A) `&` [set x | B (Z t i x, Z t j x)]) = P (S t @^-1` A) * (N \x N) B.

Let n1 : (1 < n%:R :> R)%R. Proof. by rewrite ltr1n. Qed.
Let spare : (0 < n%:R - ddof)%R. Proof. by rewrite subr_gt0 (le_lt_trans ddof_le1). Qed.
Let zero : 'I_n := Ordinal (ltnW n_gt1).
Let one : 'I_n := Ordinal n_gt1.
Let level : R := (4 * n%:R * (n%:R - ddof))%R.
Let far : set (R * R) := apart level.

Let level_gt0 : (0 < level)%R.
Proof. by rewrite mulr_gt0// mulr_gt0// (lt_trans ltr01). Qed.

Let measurable_square : measurable_fun setT (fun p : R * R => (p.1 - p.2) ^+ 2)%R := @measurable_squared_distance R.

Let measurable_far : measurable far := measurable_apart level.

Section Gap.
Variable p : R.
Hypothesis p01 : (0 < p <= 1)%R.
Hypothesis p_far : \int[N \x N]_q (\1_far q)%:E = p%:E.

Lemma fits_ge0 t x : (0 <= S t x)%R.
Proof. by case: t => [|t]; [rewrite first_fit|rewrite next_fit sqrtr_ge0]. Qed.

Let quotient t x : R := ((\sum_i \sum_j (Z t i x - Z t j x) ^+ 2) / (2 * n%:R * (n%:R - ddof)))%R.

Lemma next_factor t x : S t.+1 x = (S t x * Num.sqrt (quotient t x))%R.
Proof.
rewrite next_fit scatter_pairs ?(ltnW n_gt1)//.
have q0 : (0 <= quotient t x)%R.
  apply: divr_ge0; first by apply: sumr_ge0 => i _; apply: sumr_ge0 => j _; exact: sqr_ge0.
  by rewrite mulr_ge0 ?(ltW spare)// mulr_ge0.
rewrite -[X in _ = (X * _)%R]ger0_norm ?fits_ge0// -sqrtr_sqr -sqrtrM ?sqr_ge0//; congr Num.sqrt.
have nn : (n%:R != 0 :> R)%R by rewrite pnatr_eq0 -lt0n ltnW.
by rewrite /quotient; field; rewrite nn lt0r_neq0.
Qed.

Let weight : R := ((4 * n%:R * (n%:R - ddof))^-1)%R.

Let weight_ge0 : (0 <= weight)%R. Proof. by rewrite /weight invr_ge0 ltW. Qed.

Let term t (k : 'I_n * 'I_n) x : R := (if k.1 == k.2 then 0 else S t x * (weight * (Z t k.1 x - Z t k.2 x) ^+ 2))%R.

(* What one generation does to the standard deviation, for every outcome. *)
Lemma step_bound t x : (S t.+1 x + S t x * (2^-1 * \1_far (Z t zero x, Z t one x)) <=
  2^-1 * S t x + \sum_k term t k x)%R.
Proof.
have q0 : (0 <= quotient t x)%R.
  apply: divr_ge0; first by apply: sumr_ge0 => i _; apply: sumr_ge0 => j _; exact: sqr_ge0.
  by rewrite mulr_ge0 ?(ltW spare)// mulr_ge0.
have nn : (n%:R != 0 :> R)%R by rewrite pnatr_eq0 -lt0n ltnW.
have dd : (n%:R - ddof != 0)%R by rewrite lt0r_neq0.
have -> : (\sum_k term t k x = S t x * quotient t x / 2)%R.
  rewrite (eq_bigr (fun k => S t x * weight * (Z t k.1 x - Z t k.2 x) ^+ 2)%R); last first.
    by move=> k _; rewrite /term; case: eqP => [->|_]; [rewrite subrr expr0n mulr0|rewrite mulrA].
  rewrite -mulr_sumr -(pair_bigA _ (fun i j => (Z t i x - Z t j x) ^+ 2)%R) /= /quotient /weight.
  by field; rewrite nn dd.
have h01 : (\1_far (Z t zero x, Z t one x) = 0 :> R)%R \/ (\1_far (Z t zero x, Z t one x) = 1 :> R /\ 4 <= quotient t x)%R.
  rewrite indicE; case: (boolP (_ \in far)) => [|_]; last by left.
  rewrite inE /far /apart /= => big; right; split; first by [].
  rewrite /quotient ler_pdivlMr; last by rewrite mulr_gt0// mulr_gt0// (lt_trans ltr01).
  have two : (2 * (Z t zero x - Z t one x) ^+ 2 <= \sum_i \sum_j (Z t i x - Z t j x) ^+ 2)%R.
    have pos i : (0 <= \sum_j (Z t i x - Z t j x) ^+ 2)%R by apply: sumr_ge0 => j _; exact: sqr_ge0.
    rewrite (bigD1 zero)//= [X in (_ <= _ + X)%R](bigD1 one)//=.
    have a : ((Z t zero x - Z t one x) ^+ 2 <= \sum_j (Z t zero x - Z t j x) ^+ 2)%R.
      by rewrite (bigD1 one)//= lerDl sumr_ge0// => j _; exact: sqr_ge0.
    have b : ((Z t zero x - Z t one x) ^+ 2 <= \sum_j (Z t one x - Z t j x) ^+ 2)%R.
      by rewrite (bigD1 zero)//= -sqrrN opprB lerDl sumr_ge0// => j _; exact: sqr_ge0.
    have c : (0 <= \sum_(i | (i != zero) && (i != one)) \sum_j (Z t i x - Z t j x) ^+ 2)%R by exact: sumr_ge0.
    by lra.
  by apply: le_trans two; move: big; rewrite /level; lra.
have := below_tangent (fits_ge0 t x) q0 h01; rewrite next_factor.
move: (\1_far _) (Num.sqrt _) => a b; lra.
Qed.

Let mS t : measurable_fun setT (fun x => (S t x)%:E). Proof. exact/measurable_EFinP. Qed.

Let mean t : \bar R := \int[P]_x (S t x)%:E.

Let mterm t k : measurable_fun setT (fun x => (term t k x)%:E).
Proof.
apply/measurable_EFinP; have [kk|kk] := eqVneq k.1 k.2.
  rewrite (_ : term t k = cst 0%R); first exact: measurable_cst.
  by apply/funext => x; rewrite /term kk eqxx.
rewrite (_ : term t k = (fun x => S t x * (weight * (Z t k.1 x - Z t k.2 x) ^+ 2))%R); last first.
  by apply/funext => x; rewrite /term (negbTE kk).
by do 2! apply: measurable_funM => //; apply: measurable_funX; exact: measurable_funB.
Qed.

Let term_ge0 t k x : (0 <= term t k x)%R.
Proof. by rewrite /term; case: ifP => // _; rewrite mulr_ge0 ?fits_ge0// mulr_ge0// sqr_ge0. Qed.

Let mean_term t k e : mean t = e%:E ->
  \int[P]_x (term t k x)%:E = (if k.1 == k.2 then 0 else e * (weight * 2))%:E.
Proof.
move=> me; rewrite /term; case: eqP => [_|/eqP kk]; first by rewrite integral0.
rewrite (product_mean (fits_ge0 t) (fun A B => @independent_normal t k.1 k.2 A B kk)
  (g := fun q => weight * (q.1 - q.2) ^+ 2)%R); last 2 first.
- by apply: measurable_funM => //.
- by move=> q; rewrite mulr_ge0 ?sqr_ge0.
rewrite -/(mean t) me.
have mE : measurable_fun setT (fun q : R * R => ((q.1 - q.2) ^+ 2)%:E) by apply/measurable_EFinP.
under [X in _ * X]eq_integral do rewrite EFinM.
rewrite (@ge0_integralZl _ _ _ (N \x N) _ measurableT _ mE weight%:E)//.
  by rewrite apart_square -!EFinM.
by move=> q _; rewrite lee_fin sqr_ge0.
Qed.

Let rho : R := (1 - p / 2)%R.

Lemma mean_step t e : mean t = e%:E -> mean t.+1 <= (rho * e)%:E.
Proof.
move=> me; have e0 : (0 <= e)%R.
  by rewrite -lee_fin -me; apply: integral_ge0 => x _; rewrite lee_fin fits_ge0.
have mfar : measurable_fun setT (fun q : R * R => 2^-1 * \1_far q : R)%R by apply: measurable_funM => //; exact: measurable_indic.
have half0 : (0 <= 2^-1 :> R)%R by rewrite invr_ge0.
have gain : \int[P]_x (S t x * (2^-1 * \1_far (Z t zero x, Z t one x)))%:E = (e * (2^-1 * p))%:E.
  rewrite (product_mean (fits_ge0 t) (fun A B => @independent_normal t zero one A B isT)
    (g := fun q => 2^-1 * \1_far q)%R)//; last by move=> q; rewrite mulr_ge0.
  have mE : measurable_fun setT (fun q : R * R => (\1_far q)%:E : \bar R).
    by apply/measurable_EFinP; exact: measurable_indic.
  rewrite -/(mean t) me; under [X in _ * X]eq_integral do rewrite EFinM.
  rewrite (@ge0_integralZl _ _ _ (N \x N) _ measurableT _ mE (2^-1)%:E)//; last by move=> q _; rewrite lee_fin.
  by rewrite p_far -!EFinM.
have mgain : measurable_fun setT (fun x => (S t x * (2^-1 * \1_far (Z t zero x, Z t one x)))%:E).
  apply/measurable_EFinP; apply: measurable_funM => //.
  apply: (@measurableT_comp _ _ _ _ _ _ (fun q : R * R => 2^-1 * \1_far q : R)%R _ (fun x => (Z t zero x, Z t one x))) => //.
  exact: measurable_fun_prod.
have total : mean t.+1 + (e * (2^-1 * p))%:E <= (2^-1 * e + n%:R * (n%:R - 1) * (e * (weight * 2)))%:E.
  rewrite -gain -(@ge0_integralD _ _ _ P setT measurableT (fun x => (S t.+1 x)%:E)
    (fun x => (S t x * (2^-1 * \1_far (Z t zero x, Z t one x)))%:E))//; last 2 first.
  - by move=> x _; rewrite lee_fin fits_ge0.
  - by move=> x _; rewrite lee_fin mulr_ge0 ?fits_ge0// mulr_ge0.
  rewrite EFinD EFinM -me -(@ge0_integralZl _ _ _ P setT measurableT _ (mS t) (2^-1)%:E); last 2 first.
  - by move=> x _; rewrite lee_fin fits_ge0.
  - by rewrite lee_fin.
  rewrite -pairs_constant -sumEFin (eq_bigr (fun k => \int[P]_x (term t k x)%:E)); last first.
    by move=> k _; rewrite (mean_term _ me).
  rewrite -ge0_integral_sum//; last by move=> k x _; rewrite lee_fin.
  rewrite -ge0_integralD//=; last 4 first.
  - by move=> x _; rewrite mule_ge0// lee_fin fits_ge0.
  - by apply: measurable_funeM.
  - by move=> x _; rewrite sume_ge0// => k _; rewrite lee_fin.
  - by apply: emeasurable_sum.
  apply: ge0_le_integral => //=.
  - by move=> x _; rewrite lee_fin addr_ge0 ?fits_ge0// mulr_ge0 ?fits_ge0// mulr_ge0.
  - by apply: emeasurable_funD.
  - move=> x _; rewrite adde_ge0//; first by rewrite mule_ge0// lee_fin fits_ge0.
    by rewrite sume_ge0// => k _; rewrite lee_fin.
  - by apply: emeasurable_funD; [exact: measurable_funeM|exact: emeasurable_sum].
  by move=> x _; rewrite sumEFin -EFinM -!EFinD lee_fin step_bound.
have share : (n%:R * (n%:R - 1) * (e * (weight * 2)) <= 2^-1 * e)%R.
  have nn : (n%:R != 0 :> R)%R by rewrite pnatr_eq0 -lt0n ltnW.
  rewrite (_ : _ * _ * _ = 2^-1 * e * ((n%:R - 1) / (n%:R - ddof)))%R; last first.
    by rewrite /weight; field; rewrite nn lt0r_neq0.
  by rewrite ler_piMr ?mulr_ge0// ler_pdivrMr// mul1r lerD2l lerN2.
move: total; rewrite -leeBrDr// -EFinB => /le_trans; apply; rewrite lee_fin /rho; lra.
Qed.

Lemma means_decay t : mean t <= (sigma * rho ^+ t)%:E.
Proof.
have r0 : (0 <= rho)%R by case/andP: p01 => _ p1; rewrite /rho; lra.
elim: t => [|t ih].
  rewrite /mean (eq_integral (cst sigma%:E)) => [|x _]; last by rewrite first_fit.
  by rewrite integral_cst//= probability_setT mule1 expr0 mulr1.
have pos : 0 <= mean t by apply: integral_ge0 => x _; rewrite lee_fin fits_ge0.
have me : mean t = (fine (mean t))%:E by rewrite fineK// ge0_fin_numE// (le_lt_trans ih)// ltry.
apply: (le_trans (mean_step me)); rewrite exprS mulrCA lee_fin ler_wpM2l// -lee_fin.
by rewrite -me.
Qed.

End Gap.

(* Normal fits to n observations each: the standard deviation falls below every level for good, almost surely. *)
Theorem normal_loop_collapses_almost_surely (eps : R) : (0 < eps)%R ->
  P (lim_sup_set (fun t => [set x | eps%:E <= `|(S t x)%:E|])) = 0.
Proof.
move=> eps0; have [p p01 p_far] := far_share (ltW level_gt0).
have r01 : (0 <= 1 - p / 2 < 1)%R by case/andP: p01 => p0 p1; apply/andP; split; lra.
apply: (@almost_sure_collapse _ _ _ P S sigma (1 - p / 2)%R eps eps0 r01) => t.
rewrite unlock (eq_integral (fun x => (S t x)%:E)) => [|x _]; first exact: (means_decay p01 p_far).
by rewrite /= (ger0_norm (fits_ge0 t x)).
Qed.

End Loop.
